"""The fields of a conversion as callers give them, checked and made the same everywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from ipaddress import ip_address
from typing import Any

from django.core.exceptions import ValidationError

from dispatcher import checks
from offers.models import ConversionStatus

MAX_TEXT = 255
MAX_TRANSACTION = 200
DECIMALS = 4
_DIGITS = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
LARGEST = Decimal(10) ** 10

SUB_IDS = tuple(f"sub_id{number}" for number in range(1, 6))
TEXTS = ("click_id", *SUB_IDS, "source")
AMOUNTS = ("payout", "revenue", "sale_amount")
CHANGEABLE = (*TEXTS, *AMOUNTS, "currency", "country", "ip")
"""What may be changed of a conversion besides its status."""


def read_fields(values: Mapping[str, Any], errors: dict[str, list[Any]]) -> dict[str, Any]:
    """These fields as they are stored; what is wrong with them goes to `errors`, by field."""
    readers = {
        **dict.fromkeys(TEXTS, read_text),
        **dict.fromkeys(AMOUNTS, read_amount),
        "currency": read_currency,
        "country": read_country,
        "ip": read_ip,
    }
    return {
        name: checks.collect(errors, readers[name], name, value) for name, value in values.items()
    }


def read_status(value: Any) -> str:
    """One of the statuses. Raises ValidationError on field `status`."""
    if value not in ConversionStatus.values:
        known = ", ".join(ConversionStatus.values)
        raise ValidationError({"status": f"Choose one of {known}."})
    return str(value)


def read_transaction(value: Any) -> str:
    """A transaction ID. Raises ValidationError on field `transaction_id`."""
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        message = "Give the transaction ID, the name of this conversion in your systems."
    elif len(text) > MAX_TRANSACTION or not text.isprintable():
        message = f"A transaction ID is printable text of {MAX_TRANSACTION} characters at most."
    else:
        return text
    raise ValidationError({"transaction_id": message})


def read_text(name: str, value: Any) -> str:
    """A text of 255 characters at most; None is empty."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValidationError({name: "Give a text here."})
    if len(value) > MAX_TEXT:
        raise ValidationError({name: f"This has more than {MAX_TEXT} characters. Give less."})
    if not checks.is_storable(value):
        raise ValidationError({name: checks.UNSTORABLE})
    return value


def read_amount(name: str, value: Any) -> Decimal | None:
    """An exact amount; None and empty text are none. Floats are refused: they are not exact."""
    if value is None or value == "":
        return None
    amount = _decimal(value)
    if amount is None or not amount.is_finite():
        raise ValidationError({name: 'Give an amount, as "12.50".'})
    if amount < 0 or amount >= LARGEST:
        message = f"Give an amount from 0 to less than {LARGEST:,}."
        raise ValidationError({name: message})
    exact = amount.normalize()
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -DECIMALS:
        message = f"Give at most {DECIMALS} decimals: more could not be kept exactly."
        raise ValidationError({name: message})
    return exact.quantize(Decimal(1).scaleb(-DECIMALS))


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, str):
        return Decimal(value) if len(value) <= 64 and _DIGITS.fullmatch(value) else None
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return Decimal(value)
    return None


def read_currency(name: str, value: Any) -> str:
    """Three letters of ISO 4217, in capitals; None is none."""
    return _letters(name, value, 3, "Give the currency by its three letters, as USD.")


def read_country(name: str, value: Any) -> str:
    """Two letters of ISO 3166, in capitals; None is none."""
    return _letters(name, value, 2, "Give the country by its two letters, as US.")


def _letters(name: str, value: Any, count: int, message: str) -> str:
    if value is None or value == "":
        return ""
    if not (isinstance(value, str) and len(value) == count and value.isascii() and value.isalpha()):
        raise ValidationError({name: message})
    return value.upper()


def read_ip(name: str, value: Any) -> str | None:
    """An IPv4 or IPv6 address; None is none."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and "%" not in value:
            return str(ip_address(value))
    except ValueError:
        pass
    raise ValidationError({name: "Give an IP address, as 203.0.113.7."})
