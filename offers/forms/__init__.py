"""The postback form's parts that the operators' pages and the affiliates' site share."""

from offers.forms.answers import preview_answer, result_answer, test_answer
from offers.forms.draft import TypedSecrets, draft, typed_secrets
from offers.forms.fields import HELP_TEXTS, LABELS, picker, rows_field

__all__ = [
    "HELP_TEXTS",
    "LABELS",
    "TypedSecrets",
    "draft",
    "picker",
    "preview_answer",
    "result_answer",
    "rows_field",
    "test_answer",
    "typed_secrets",
]
