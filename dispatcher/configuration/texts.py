"""Texts of several lines, as they are stored: with one kind of line end, whoever wrote them."""

from __future__ import annotations

from django.db.models import Model


def plain_lines(text: str) -> str:
    """The same lines, each ended by a newline alone; browsers send a carriage return with it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def make_plain(instance: Model, *names: str) -> None:
    """Give these fields of a row that is to be saved plain line ends."""
    for name in names:
        value = getattr(instance, name)
        if isinstance(value, str):
            setattr(instance, name, plain_lines(value))
