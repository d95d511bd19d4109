"""What is old is purged, what must go is erased: in small batches, beside the deliveries."""

from dispatcher.retention.erase import erase_owner, events_of
from dispatcher.retention.others import (
    Person,
    find_person,
    person_kinds,
    person_of,
    register_person,
    register_purger,
)
from dispatcher.retention.work import clean_up

__all__ = [
    "Person",
    "clean_up",
    "erase_owner",
    "events_of",
    "find_person",
    "person_kinds",
    "person_of",
    "register_person",
    "register_purger",
]
