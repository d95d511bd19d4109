"""Front door of rendering: templates and payloads in, documents or problems out.

All rendering, preview and delivery alike, happens in a confined process (`sandbox`), so both give
the same document and neither can be hung, filled or looked around in by a template.
"""

from __future__ import annotations

import atexit
from functools import cache

from .application import Answer, RenderError, register_function
from .jobs import FORMATS, Job, Problem, Rendered, Template
from .process import RendererUnavailableError
from .reference import Helper, as_markdown, helpers
from .renderer import Renderer

__all__ = [
    "FORMATS",
    "Answer",
    "Helper",
    "Job",
    "Problem",
    "RenderError",
    "Rendered",
    "Renderer",
    "RendererUnavailableError",
    "Template",
    "as_markdown",
    "check_syntax",
    "helpers",
    "register_function",
    "renderer",
]


@cache
def renderer() -> Renderer:
    """The one renderer of this process; its child starts at the first render."""
    shared = Renderer()
    atexit.register(shared.close)
    return shared


def check_syntax(template: Template) -> list[Problem]:
    """What is wrong with a template before it sees a payload."""
    return renderer().check_syntax(template)
