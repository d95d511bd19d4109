"""The whole configuration as one readable file: from staging to production by review."""

from config.transfer.document import FormatError, read, write
from config.transfer.plan import Change, Plan, make_plan
from config.transfer.problems import BusyError, Problem, RefusedError
from config.transfer.sections import export

__all__ = [
    "BusyError",
    "Change",
    "FormatError",
    "Plan",
    "Problem",
    "RefusedError",
    "export",
    "make_plan",
    "read",
    "write",
]
