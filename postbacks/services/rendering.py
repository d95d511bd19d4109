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
    kind or format cannot be rendered at all. An e-mail has an output for each of
    `template.parts`, in their order.
    """
    owner = (customer or template.customer or Customer()).pk
    job = Job(
        templates=tuple(_sources(template).values()),
        payload=payload,
        owner=f"customer:{owner}" if owner else "",
    )
    try:
        return rendering.renderer().render(job)
    except RendererUnavailableError:
        raise ValidationError({"body": _UNAVAILABLE}) from None


def check_body(template: Template) -> None:
    """Raise ValidationError, with lines, on the fields (`body` …) that cannot be read."""
    try:
        problems = {
            name: rendering.check_syntax(source) for name, source in _sources(template).items()
        }
    except RendererUnavailableError:
        raise ValidationError({"body": _UNAVAILABLE}) from None
    errors = {name: [_sentence(one) for one in found] for name, found in problems.items() if found}
    if errors:
        raise ValidationError(errors)


def _sources(template: Template) -> dict[str, rendering.Template]:
    """The parts of a template, by the fields they are written in."""
    is_webhook = template.kind == Template.Kind.WEBHOOK
    if is_webhook and template.format not in Template.Format.values:
        raise ValidationError({"format": "Choose one of json, xml."})
    return {
        name: rendering.Template(format=kind, source=source, strict=template.is_strict)
        for name, (kind, source) in template.parts.items()
    }


def _sentence(problem: Problem) -> str:
    if problem.line is None:
        return problem.message
    column = f", column {problem.column}" if problem.column else ""
    return f"Line {problem.line}{column}: {problem.message}"
