"""A trigger copied, for another customer or beside the first."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from dispatcher.configuration.saving import Author
from postbacks.models import Customer, Trigger
from postbacks.services.secrets import has_signing_secret
from postbacks.services.triggers import save_trigger

_COPIED = (
    *("event", "method_kind", "url", "http_method", "format", "to", "cc", "bcc", "reply_to"),
    *("retry_on_failure", "is_ordered"),
)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A copy, and in words what was not copied and has to be given there."""

    trigger: Trigger
    left_out: list[str] = field(default_factory=list)


@transaction.atomic
def duplicate_trigger(
    *, trigger: Trigger, customer: Customer | None, name: str = "", by: Author = None
) -> Duplicate:
    """Copy a trigger, as it is stored, to this customer (None: for every customer), as a draft.

    Secrets stay where they are: neither the signing secret nor secret headers are copied. A
    template of the first customer's own is not either. Without a `name` the copy has the same,
    marked where it belongs to the same customer. Raises ValidationError keyed by field.
    """
    source = Trigger.objects.select_related("rule", "template").get(pk=trigger.pk)
    template = source.template
    may_use = template is not None and (
        template.customer_id is None
        or (customer is not None and template.customer_id == customer.pk)
    )
    copy = Trigger(
        name=name.strip() or _name(source, customer),
        customer=customer,
        headers=[header for header in source.headers if not header["is_secret"]],
        template=template if may_use else None,
        **{one: getattr(source, one) for one in _COPIED},
    )
    save_trigger(trigger=copy, by=by)
    return Duplicate(copy, _left_out(source, copy))


def _name(source: Trigger, customer: Customer | None) -> str:
    is_same = source.customer_id == (customer.pk if customer else None)
    mark = " (copy)" if is_same else ""
    longest = Trigger._meta.get_field("name").max_length or 0  # noqa: SLF001 - Django's API
    return source.name[: longest - len(mark)] + mark


def _left_out(source: Trigger, copy: Trigger) -> list[str]:
    missing = [
        f"The secret header {header['name']}: give its value."
        for header in source.headers
        if header["is_secret"]
    ]
    if has_signing_secret(source):
        missing.append("The signing secret: make a new one.")
    if source.template and not copy.template:
        missing.append(
            f"The template “{source.template}”, which is another customer's own: choose one."
        )
    return missing
