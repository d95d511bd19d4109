"""One renderer for all tests of this folder: that it survives each of them is part of the test."""

from __future__ import annotations

import json

import pytest

from dispatcher.rendering import Job, Renderer, Template, application, register_function


@pytest.fixture(scope="session")
def shared_renderer():
    with Renderer() as renderer:
        yield renderer


@pytest.fixture
def render(shared_renderer):
    """`render(source, payload, format=…, strict=…)` as a person at the Render button does it."""

    def one(source, payload=None, *, format="json", strict=False, schema=""):  # noqa: A002
        text = (
            payload if isinstance(payload, str) else json.dumps({} if payload is None else payload)
        )
        return shared_renderer.render(Job((Template(format, source, strict, schema),), text))

    return one


@pytest.fixture
def own_renderer():
    """One of the test's own, which is soon impatient."""
    with Renderer(wall_seconds=0.5) as own:
        yield own


@pytest.fixture
def lookups(monkeypatch):
    """Registers `lookups` for one test."""
    monkeypatch.setattr(application, "_resolvers", {})
    return lambda resolver: register_function("lookups", resolver)
