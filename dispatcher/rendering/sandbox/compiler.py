"""From a template's source to a function, with our run time under it."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import TemplateNotFound, TemplateRuntimeError
from jinja2.idtracking import VAR_LOAD_PARAMETER
from jinja2.utils import internalcode, missing

from .access import attribute, subscript
from .checks import check
from .environment import Environment, environment
from .faults import TemplateFault
from .limits import MAX_SOURCE
from .missing import Missing
from .operators import concatenate
from .problems import Place
from .runtime import Loop, Macro, Namespace, iterate, no_else
from .state import TEMPLATE

_BUILTINS = ("KeyError", "isinstance", "slice", "str", "set", "dict")


@dataclass(slots=True)
class Compiled:
    """A template ready to run; `root(context)` yields the output piece by piece."""

    environment: Environment
    root: Callable[[Any], Iterator[str]]
    lines: dict[int, int]
    source: str

    def template_line(self, python_line: int) -> int | None:
        """The template's line behind a line of the compiled code."""
        known = [line for line in self.lines if line <= python_line] or list(self.lines)[:1]
        return self.lines[max(known)] if known else None


def compile_template(source: str, format_name: str) -> Compiled:
    """Compile; raises TemplateFault or Jinja's TemplateSyntaxError with the line."""
    if len(source) > MAX_SOURCE:
        raise TemplateFault(f"The template is longer than {MAX_SOURCE // 1024} KiB.")
    own = environment(format_name)
    tree = own.parse(source)
    check(tree, own)
    generator = Generator(own, source)
    generator.visit(tree)
    code = compile(generator.code(), TEMPLATE, "exec", dont_inherit=True)
    names = _namespace(own, generator.places)
    exec(code, names)  # noqa: S102 - this is how Jinja works; the code is the compiler's
    debug = (pair.split("=") for pair in names["debug_info"].split("&") if pair)
    lines = {int(python): int(template) for template, python in debug}
    return Compiled(own, names["root"], lines, source)


def _namespace(own: Environment, places: list[Place]) -> dict[str, Any]:
    runtime = SimpleNamespace(
        LoopContext=Loop,
        TemplateReference=lambda context: context.resolve("self"),  # a payload key like any other
        Macro=Macro,
        Markup=own.mark_safe,
        TemplateRuntimeError=TemplateRuntimeError,
        missing=missing,
        escape=own.escape,
        markup_join=concatenate,
        str_join=concatenate,
        identity=own.mark_safe,
        TemplateNotFound=TemplateNotFound,
        Namespace=Namespace,
        Undefined=no_else,
        internalcode=internalcode,
    )
    allowed = {name: getattr(builtins, name) for name in _BUILTINS}
    return {
        "__builtins__": {**allowed, "__import__": lambda *_: runtime},
        "__name__": TEMPLATE,
        "environment": own,
        "attribute": attribute,
        "subscript": subscript,
        "iterate": iterate,
        "absent": lambda place, context: Missing(
            place, {**context.parent, **context.vars}, place.path
        ),
        **{f"P{number}": place for number, place in enumerate(places)},
    }


def path_of(node: nodes.Node) -> str:
    """An expression as its author wrote it, shortened where it is not a plain path."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{path_of(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        key = repr(node.arg.value) if isinstance(node.arg, nodes.Const) else "…"
        return f"{path_of(node.node)}[{key[:60]}]"
    if isinstance(node, nodes.Call):
        return f"{path_of(node.node)}(…)"
    if isinstance(node, nodes.Filter) and node.node is not None:
        return path_of(node.node)
    return "…"


class Generator(CodeGenerator):
    """Jinja's compiler with our access to values, and with every place remembered."""

    def __init__(self, own: Environment, source: str) -> None:
        super().__init__(own, None, TEMPLATE, optimized=False)
        self.places: list[Place] = []
        self._source = source.splitlines()
        self._iterables: dict[int, str] = {}

    def code(self) -> str:
        """The Python source that was generated."""
        written: str = self.stream.getvalue()  # type: ignore[attr-defined]  # a StringIO
        return written

    def place(self, node: nodes.Node) -> str:
        """A global of the compiled code that says where this expression stands."""
        path = path_of(node)
        self.places.append(Place(node.lineno, self._column(node.lineno, path), path))
        return f"P{len(self.places) - 1}"

    def _column(self, line: int, path: str) -> int | None:
        start = path.split("[", 1)[0]
        if not 0 < line <= len(self._source) or not start:
            return None
        found = re.search(rf"(?<![\w.]){re.escape(start)}(?!\w)", self._source[line - 1])
        return found.start() + 1 if found else None

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        place = self._iterables.pop(id(node), None)
        if place is None:
            return super().visit(node, *args, **kwargs)
        self.write("iterate(")
        super().visit(node, *args, **kwargs)
        self.write(f", {place})")
        return None

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        self._iterables[id(node.iter)] = self.place(node.iter)
        super().visit_For(node, frame)

    def visit_Name(self, node: nodes.Name, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        if node.ctx == "load":
            ref = frame.symbols.ref(node.name)
            load = frame.symbols.find_load(ref)
            is_parameter = load is not None and load[0] == VAR_LOAD_PARAMETER
            if not is_parameter or self.parameter_is_undeclared(ref):
                self.write(f"(absent({self.place(node)}, context) if {ref} is missing else {ref})")
                return
        super().visit_Name(node, frame)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        self.write("attribute(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r}, {self.place(node)})")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        self.write("subscript(")
        self.visit(node.node, frame)
        self.write(", ")
        self.visit(node.arg, frame)
        self.write(f", {self.place(node)})")

    def visit_Slice(self, node: nodes.Slice, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        self.write("slice(")
        for part in (node.start, node.stop, node.step):
            if part is None:
                self.write("None")
            else:
                self.visit(part, frame)
            self.write(", ")
        self.write(")")

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        """Only the template's own text is known beforehand; values are escaped as they come."""
        if isinstance(node, nodes.TemplateData):
            return node.data
        raise nodes.Impossible
