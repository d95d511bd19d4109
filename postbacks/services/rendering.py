"""Trying a template, in the same confined process that workers render in."""

from __future__ import annotations

from dataclasses import replace

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
    sources = list(_sources(template).values())
    try:
        flaws = _schema_flaws(sources)
        if flaws:  # the output is shown all the same
            sources = [replace(source, schema="") for source in sources]
        job = Job(tuple(sources), payload, owner=f"customer:{owner}" if owner else "")
        rendered = rendering.renderer().render(job)
    except RendererUnavailableError:
        raise ValidationError({"body": _UNAVAILABLE}) from None
    rendered.errors += flaws
    return rendered


def _schema_flaws(sources: list[rendering.Template]) -> list[Problem]:
    """What is wrong with the schemas themselves; a delivery's were looked at when saved."""
    return [
        problem
        for source in sources
        if source.schema
        for problem in rendering.check_syntax(source)
        if problem.where == "schema"
    ]


def check_texts(template: Template) -> None:
    """Raise ValidationError, with lines, on the fields that cannot be used (`body`, `schema` …).

    A draft's texts may be unfinished; its schema may not.
    """
    is_active = template.status == Template.Status.ACTIVE
    if not is_active and not template.schema:
        return
    errors: dict[str, list[str]] = {}
    try:
        for name, source in _sources(template).items():
            for problem in rendering.check_syntax(source):
                field = "schema" if problem.where == "schema" else name
                if is_active or field == "schema":
                    errors.setdefault(field, []).append(_sentence(problem))
    except RendererUnavailableError:
        raise ValidationError({"body": _UNAVAILABLE}) from None
    if errors:
        raise ValidationError(errors)


def _sources(template: Template) -> dict[str, rendering.Template]:
    """The parts of a template, by the fields they are written in."""
    is_webhook = template.kind == Template.Kind.WEBHOOK
    if is_webhook and template.format not in Template.Format.values:
        raise ValidationError({"format": "Choose one of json, xml."})
    return {
        name: rendering.Template(
            format=kind,
            source=source,
            strict=template.is_strict,
            schema=template.schema if is_webhook else "",
        )
        for name, (kind, source) in template.parts.items()
    }


def _sentence(problem: Problem) -> str:
    if problem.line is None:
        return problem.message
    column = f", column {problem.column}" if problem.column else ""
    return f"Line {problem.line}{column}: {problem.message}"
