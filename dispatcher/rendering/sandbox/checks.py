"""What a template may not contain, found before it runs."""

from __future__ import annotations

from typing import Any

from jinja2 import nodes

from .faults import TemplateFault
from .limits import MAX_NESTED_LOOPS
from .suggestions import closest

_REFUSED: dict[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from … import",
    nodes.Extends: "extends",
    nodes.Block: "block",
}
_ELSEWHERE = {
    "lipsum": "`lipsum` is not available.",
    "cycler": "`cycler` is not available; use `loop.cycle(…)` inside a loop.",
}


def check(tree: nodes.Template, environment: Any) -> None:
    """Raise TemplateFault for the first thing that is not available, with its line."""
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, loops = waiting.pop(0) if len(waiting) < 64 else waiting.pop()
        _check_node(node, environment)
        if isinstance(node, nodes.For):
            loops += 1
            if loops > MAX_NESTED_LOOPS:
                raise TemplateFault("Loops are nested too deeply.", line=node.lineno)
        waiting.extend((child, loops) for child in node.iter_child_nodes())


def _check_node(node: nodes.Node, environment: Any) -> None:
    refused = _REFUSED.get(type(node))
    if refused:
        raise TemplateFault(
            f"`{refused}` is not available: a template is complete in itself.", line=node.lineno
        )
    if isinstance(node, nodes.ScopedEvalContextModifier):
        raise TemplateFault("Escaping cannot be turned off.", line=node.lineno)
    if isinstance(node, nodes.Filter):
        _check_name("filter", node.name, environment.filters, node.lineno)
    elif isinstance(node, nodes.Test):
        _check_name("test", node.name, environment.tests, node.lineno)
    elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        _check_function(node.node)


def _check_name(kind: str, name: str, known: dict[str, Any], line: int) -> None:
    if name in known:
        return
    near = closest(name, known)
    hint = f"; did you mean `{near}`?" if near else "."
    raise TemplateFault(f"There is no {kind} `{name}`{hint}", line=line)


def _check_function(node: nodes.Name) -> None:
    if node.name in _ELSEWHERE:
        raise TemplateFault(_ELSEWHERE[node.name], line=node.lineno)
