"""What the pages say about deliveries: whose they are, how they stand, when they are tried next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatcher.console import display, names
from dispatcher.console.names import Name
from dispatcher.console.wording import cause_words, delivery_standing
from dispatcher.models import Delivery, OwnerHold


def prepare_deliveries(rows: Sequence[Delivery]) -> None:
    """Attach `owner_name`, `about`, `standing`; event, rule and destination must be selected."""
    owners = {delivery.owner for delivery in rows if delivery.owner}
    found = names.resolve([*owners, *(delivery.event.subject for delivery in rows)])
    holds = dict(OwnerHold.objects.filter(pk__in=owners).values_list("owner", "reason"))
    moment = timezone.now()
    for delivery in rows:
        delivery.owner_name = found.get(delivery.owner)  # type: ignore[attr-defined]
        delivery.about = label_of(found, delivery.event.subject)  # type: ignore[attr-defined]
        delivery.cause_words = cause_words(delivery.outcome, delivery.cause)  # type: ignore[attr-defined]
        delivery.standing = delivery_standing(delivery, owner_holds=holds, moment=moment)  # type: ignore[attr-defined]


def label_of(found: Mapping[str, Name], reference: str) -> str:
    """What it is called; empty where it is about nothing."""
    return found[reference].label if reference in found else ""


def next_try(delivery: Delivery) -> SafeString | str:
    """When a waiting delivery is due: "in 5 min", and nothing while it is held or has ended."""
    if delivery.state != Delivery.State.PENDING or is_held(delivery):
        return display.NOTHING
    return format_html(
        '<span title="{}">{}</span>',
        display.moment_text(delivery.due_at),
        display.until(delivery.due_at),
    )


def short_destination(key: str) -> str:
    """`https://example.com:443` as "example.com"; another port or scheme is kept."""
    if key.startswith("https://"):
        return key.removeprefix("https://").removesuffix(":443")
    if key.startswith("http://"):
        return key.removesuffix(":80")
    return key


def is_held(delivery: Delivery) -> bool:
    """Whether it waits for somebody to resume something; `standing` must have been attached."""
    return str(delivery.standing.label).startswith("Held")  # type: ignore[attr-defined]
