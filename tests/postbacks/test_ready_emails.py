"""Every ready e-mail fills itself from its event's sample."""

from __future__ import annotations

import pytest

from postbacks import services
from postbacks.events import EventType, sample_payload
from postbacks.models import Template
from postbacks.ready_emails import ready_emails


@pytest.mark.parametrize("event", list(EventType))
def test_a_ready_email_says_what_happened_and_misses_no_field(event):
    ready = ready_emails()[event.value]
    template = Template(
        kind="email", format="", subject=ready.subject, text=ready.text, html=ready.html
    )

    rendered = services.render_template(template=template, payload=sample_payload(event))

    assert rendered.errors == []
    assert rendered.warnings == []
    for output in rendered.outputs:
        assert "PO-1001" in output
        assert "None" not in output
