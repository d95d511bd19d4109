"""A postback as a form holds it while somebody types: not checked, not saved."""

from __future__ import annotations

from copy import copy
from typing import Any, NamedTuple

from django.db.models import Model
from django.http import QueryDict

from dispatcher.console.rows import HeaderRows, ParamRows
from dispatcher.keys import find_row
from offers.models import Affiliate, Goal, Offer, Postback

_WORDS = {
    "conversion_status": Postback.Status,
    "http_type": Postback.HttpType,
    "auth_kind": Postback.AuthKind,
}


class TypedSecrets(NamedTuple):
    """What was typed into the fields that are never shown again; None where nothing was."""

    password: str | None
    token: str | None


def typed_secrets(data: QueryDict) -> TypedSecrets:
    """The password and token of a form."""
    return TypedSecrets(data.get("password") or None, data.get("token") or None)


def draft(data: QueryDict, base: Postback | None = None) -> Postback:
    """The postback that this form holds, over a saved one; what the form leaves out stays."""
    postback = copy(base) if base is not None else Postback()
    for name in ("url", "auth_login"):
        setattr(postback, name, data.get(name, getattr(postback, name)).strip())
    for name, choices in _WORDS.items():
        if data.get(name) in choices.values:
            setattr(postback, name, data[name])
    for name, widget in (("params", ParamRows()), ("headers", HeaderRows())):
        if not widget.value_omitted_from_data(data, None, name):
            setattr(postback, name, widget.value_from_datadict(data, None, name))
    _take_chosen(postback, data)
    return postback


def _take_chosen(postback: Postback, data: QueryDict) -> None:
    models: tuple[tuple[str, Any], ...] = (
        ("affiliate", Affiliate), ("offer", Offer), ("goal", Goal),
    )  # fmt: skip
    for name, model in models:
        if name in data:
            setattr(postback, name, _chosen(model, data.get(name, "")))
    if postback.goal is not None and postback.goal.offer_id != postback.offer_id:
        postback.goal = None


def _chosen(model: Any, key: str) -> Model | None:
    found: Model | None = find_row(model.objects.all(), key)
    return found
