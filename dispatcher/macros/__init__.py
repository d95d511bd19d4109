"""Front door of macros: `{click_id}` in a URL, a parameter or a header, filled from an event.

One small language with one parser. Filling is plain string work in this process, bounded in size;
it needs no rendering process. Which macros there are is said by the app that offers them, as a
`Vocabulary`; nothing here knows a single one.
"""

from .checking import Known, Vocabulary, check, check_url, nearest
from .filling import Place, Values, fill, read_values
from .language import Fault, Macro, MacroError, Parsed, macros_in, parse
from .request import CallbackRequest
from .times import DIRECTIVES, NAMED_FORMATS

__all__ = [
    "DIRECTIVES",
    "NAMED_FORMATS",
    "CallbackRequest",
    "Fault",
    "Known",
    "Macro",
    "MacroError",
    "Parsed",
    "Place",
    "Values",
    "Vocabulary",
    "check",
    "check_url",
    "fill",
    "macros_in",
    "nearest",
    "parse",
    "read_values",
]
