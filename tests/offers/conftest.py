from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError
from engine_fixtures import forgetful_engine, receiver, receiver_process, run_pass  # noqa: F401


@pytest.fixture
def refused():
    """Expect a ValidationError on exactly these fields, with these words in its messages."""

    @contextmanager
    def check(**words):
        with pytest.raises(ValidationError) as caught:
            yield
        messages = caught.value.message_dict
        for field, part in words.items():
            assert part in " ".join(messages[field])
        assert set(messages) == set(words)

    return check
