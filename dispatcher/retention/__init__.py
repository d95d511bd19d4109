"""What is old is purged, what must go is erased: in small batches, beside the deliveries."""

from dispatcher.retention.erase import erase_owner
from dispatcher.retention.others import (
    Person,
    find_person,
    person_kinds,
    register_person,
    register_purger,
)
from dispatcher.retention.work import clean_up

__all__ = [
    "Person",
    "clean_up",
    "erase_owner",
    "find_person",
    "person_kinds",
    "register_person",
    "register_purger",
]
