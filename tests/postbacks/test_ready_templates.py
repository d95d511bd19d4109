"""Templates to start from are good enough to be used as they are."""

from __future__ import annotations

import json

import pytest

from postbacks import services
from postbacks.events import EventType, sample_payload
from postbacks.models import Template
from postbacks.ready_templates import ready_templates

ALL = [pytest.param(one, id=f"{one.event}-{one.format}") for one in ready_templates()]


def test_there_is_one_for_each_event_and_format():
    wanted = {(event, shape) for event in EventType.values for shape in Template.Format.values}

    assert {(one.event, one.format) for one in ready_templates()} == wanted


@pytest.mark.django_db
@pytest.mark.parametrize("ready", ALL)
def test_it_renders_its_sample_strictly_and_without_a_warning(ready):
    template = Template(format=ready.format, body=ready.body, is_strict=True)

    rendered = services.render_template(template=template, payload=sample_payload(ready.event))

    assert (rendered.errors, rendered.warnings) == ([], [])
    assert "PO-1001" in rendered.output


@pytest.mark.django_db
@pytest.mark.parametrize("ready", ALL)
def test_it_stays_valid_when_the_payload_is_thin_and_hostile(ready):
    payload = json.dumps(
        {"orderId": 'a"b\\<c>&\n', "items": [{"title": None}, {}], "package": {"items": [{}, {}]}}
    )
    template = Template(format=ready.format, body=ready.body)

    rendered = services.render_template(template=template, payload=payload)

    assert rendered.errors == []
