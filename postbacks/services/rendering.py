"""Trying a template, in the same confined process that workers render in."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from dispatcher import rendering
from dispatcher.rendering import Job, Problem, Rendered, RendererUnavailableError
from postbacks.models import Customer, Template

_UNAVAILABLE = "The template could not be tried just now. Try again in a moment."


def render_template(
    *, template: Template, payload: str, customer: Customer | None = None
) -> Rendered:
    """Render a saved or unsaved template with this payload, exactly as a delivery would.

    What is wrong with template, payload (JSON text) or output is in the result's `errors`.
    `customer` is whose event it is pretended to be. Raises ValidationError keyed by field when
    kind or format cannot be rendered at all.
    """
    owner = (customer or template.customer or Customer()).pk
    job = Job(
        templates=(_source(template),),
        payload=payload,
        owner=f"customer:{owner}" if owner else "",
    )
    try:
        return rendering.renderer().render(job)
    except RendererUnavailableError:
        raise ValidationError({"body": _UNAVAILABLE}) from None


def check_body(template: Template) -> None:
    """Raise ValidationError on field `body`, with lines, for a template that cannot be read."""
    try:
        problems = rendering.check_syntax(_source(template))
    except RendererUnavailableError:
        raise ValidationError({"body": _UNAVAILABLE}) from None
    if problems:
        raise ValidationError({"body": [_sentence(problem) for problem in problems]})


def _source(template: Template) -> rendering.Template:
    if template.kind != Template.Kind.WEBHOOK:
        message = "E-mail templates are not available yet. Choose webhook."
        raise ValidationError({"kind": message})
    if template.format not in Template.Format.values:
        raise ValidationError({"format": "Choose one of json, xml."})
    return rendering.Template(
        format=template.format, source=template.body, strict=template.is_strict
    )


def _sentence(problem: Problem) -> str:
    if problem.line is None:
        return problem.message
    column = f", column {problem.column}" if problem.column else ""
    return f"Line {problem.line}{column}: {problem.message}"
