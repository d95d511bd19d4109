from __future__ import annotations

import json

import pytest

from postbacks import services
from postbacks.lookups.cache import cache
from postbacks.models import Template


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """A test's rows are rolled back, and never committed, so nobody tells the cache."""
    cache.__init__()


@pytest.fixture
def upload():
    """A file of this text is previewed."""

    def preview(table, text, **options):
        content = text if isinstance(text, bytes) else text.encode()
        return services.preview_import(
            table=table, content=content, file_name="rows.csv", **options
        )

    return preview


@pytest.fixture
def render():
    """Render a JSON template of this body for a customer, `owner`."""

    def one(body, payload=None, *, owner=None, strict=False):
        template = Template(body=body, format="json", is_strict=strict)
        return services.render_template(
            template=template, payload=json.dumps(payload or {}), customer=owner
        )

    return one


@pytest.fixture
def ask(render):
    """The value that a call of `lookups` gives, with warnings and errors in words."""

    def answer(call, payload=None, **options):
        rendered = render(f"{{{{ {call} | tojson }}}}", payload, **options)
        value = json.loads(rendered.output) if rendered.output else None
        return (
            value,
            [one.message for one in rendered.warnings],
            [one.message for one in rendered.errors],
        )

    return answer
