"""Which deliveries are meant: the filters and the search of the list, by their names in its
address. The list, jobs on many rows and the export all ask here, so that they mean the same.
"""

from dispatcher.selecting.filters import (
    FILTERS,
    describe,
    describe_each,
    matching,
    select,
    selection_of,
)
from dispatcher.selecting.reading import FilterError, is_readable, read, readable
from dispatcher.selecting.search import find_deliveries, find_events, is_cut, meant

__all__ = [
    "FILTERS",
    "FilterError",
    "describe",
    "describe_each",
    "find_deliveries",
    "find_events",
    "is_cut",
    "is_readable",
    "matching",
    "meant",
    "read",
    "readable",
    "select",
    "selection_of",
]
