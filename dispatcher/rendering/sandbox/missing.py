"""A field that is not in the payload: renders empty, loops no times, is false, and is reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from jinja2 import Undefined

from .faults import TemplateFault
from .problems import Place
from .state import state
from .suggestions import closest


class Missing(Undefined):
    """What a template gets for a name or path that leads nowhere.

    `holder` is what was searched (an object of the payload, null, another Missing …), `name` what
    was searched in it. Using it reports it; asking `is defined` or giving a `default` does not.
    """

    __slots__ = ("holder", "name", "place")

    def __init__(self, place: Place, holder: Any, name: Any) -> None:
        self.place = place
        self.holder = holder
        self.name = name

    def origin(self) -> Missing:
        """The first missing step of a path."""
        found = self
        while isinstance(found.holder, Missing):
            found = found.holder
        return found

    def suggestion(self) -> str | None:
        """A field that exists and has nearly this name."""
        origin = self.origin()
        if isinstance(origin.holder, dict) and isinstance(origin.name, str):
            return closest(origin.name, origin.holder)
        return None

    def message(self) -> str:
        """What is missing, in words for the author of the template."""
        origin = self.origin()
        path = self.place.path
        near = self.suggestion()
        if near:
            return f"`{path}` is not in the payload; did you mean `{near}`?"
        if origin.holder is None:
            return f"`{path}` is not in the payload: what it is looked for in is null."
        if origin is not self:
            return f"`{path}` is not in the payload: `{origin.place.path}` is missing."
        if not isinstance(origin.holder, dict):
            return f"`{path}` is not in the payload: {_kind(origin.holder)} has no such field."
        return f"`{path}` is not in the payload."

    def report(self) -> None:
        """Warn, or stop the render of a strict template."""
        if state.strict:
            self._fault()
        state.warn(self.message(), self.place)

    def _nothing(self, *_: Any) -> bool:
        self.report()
        return False

    def _fault(self, *_: Any, **__: Any) -> NoReturn:
        line, column, path = self.place
        raise TemplateFault(self.message(), line=line, column=column, path=path)

    def __str__(self) -> str:
        self.report()
        return ""

    def __iter__(self) -> Iterator[Any]:
        self.report()
        return iter(())

    def __len__(self) -> int:
        self.report()
        return 0

    def __bool__(self) -> bool:
        # `{% if optional %}` is how one asks for an optional field, so it is no warning,
        # unless the name looks like a slip of one that exists.
        if state.strict or self.suggestion():
            self.report()
        return False

    def __eq__(self, other: object) -> bool:
        self.report()
        return isinstance(other, Missing)

    def __ne__(self, other: object) -> bool:
        self.report()
        return not isinstance(other, Missing)

    def __getitem__(self, key: Any) -> Missing:  # type: ignore[override]
        return self

    __hash__ = Undefined.__hash__
    __lt__ = __le__ = __gt__ = __ge__ = _nothing  # type: ignore[assignment]
    __contains__ = _nothing
    __call__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _fault
    __int__ = __float__ = __neg__ = __pos__ = _fault
    __repr__ = __str__


def _kind(value: Any) -> str:
    kinds = {str: "text", bool: "true or false", int: "a number", list: "a list", tuple: "a list"}
    return kinds.get(type(value), "a number" if isinstance(value, float) else "this value")
