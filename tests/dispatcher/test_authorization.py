"""What can be an Authorization header, and what is refused without quoting it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from dispatcher.configuration import authorization


@pytest.mark.parametrize(
    ("make", "field"),
    [
        pytest.param(lambda: authorization.basic("a:s3cret", "x"), "login", id="colon"),
        pytest.param(lambda: authorization.basic("", "s3cret"), "login", id="no-login"),
        pytest.param(lambda: authorization.basic("a", "s3cret\r\n"), "password", id="line-break"),
        pytest.param(lambda: authorization.basic("a", "s3cret\ud800"), "password", id="half"),
        pytest.param(lambda: authorization.basic("a", "s3cret" * 1000), "password", id="long"),
        pytest.param(lambda: authorization.basic_token(" "), "token", id="no-token"),
        pytest.param(lambda: authorization.bearer("s3cret\r\nX: 1"), "token", id="token-break"),
        pytest.param(lambda: authorization.bearer("s3cret two"), "token", id="space"),
        pytest.param(lambda: authorization.bearer("s3crét"), "token", id="beyond-ascii"),
        pytest.param(lambda: authorization.bearer("Bearer s3cret"), "token", id="scheme-too"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field_unquoted(make, field):
    with pytest.raises(ValidationError) as refused:
        make()

    assert list(refused.value.message_dict) == [field]
    assert "s3cr" not in str(refused.value)
