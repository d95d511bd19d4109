"""What the emitted events and facts said about contacts, orders and subscriptions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from notifications.events import Source


class Contact(models.Model):
    """A lead or customer, known by the emitter's reference or, without one, by e-mail address.

    `saved_at` is when its own data was first reported (an order may name it before),
    `customer_at` when it became a customer; `customer_event` is the event that said so.
    """

    reference = models.CharField(max_length=128, unique=True, null=True)  # noqa: DJ001 - NULLs are distinct
    source = models.CharField(max_length=6, choices=Source.choices)
    email = models.CharField("e-mail", max_length=254, blank=True, default="")
    name = models.CharField(max_length=255, blank=True, default="")
    data = models.JSONField(default=dict)
    saved_at = models.DateTimeField(null=True)
    customer_at = models.DateTimeField(null=True)
    customer_event = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_contact_per_email_without_reference",
                condition=Q(reference__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(reference__isnull=False) | ~Q(email=""),
                name="contact_is_known_by_something",
            ),
        ]
        indexes = [
            models.Index(Lower("email"), name="contact_email", condition=~Q(email="")),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.reference or ""

    @property
    def is_customer(self) -> bool:
        return self.customer_at is not None


class Order(models.Model):
    """An order as it is known so far; `reference` is how the emitter's systems name it.

    A funnel order waits until `complete_due_at` for its thank-you page. `completed_event` is the
    one event that said that it is completed.
    """

    reference = models.CharField(max_length=128, unique=True)
    number = models.CharField(max_length=128, blank=True, default="")
    source = models.CharField(max_length=6, choices=Source.choices)
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    email = models.CharField("e-mail", max_length=254, blank=True, default="")
    items = models.JSONField(default=list)
    data = models.JSONField(default=dict)
    context = models.JSONField(default=dict, help_text="Shipping, funnel … as last reported.")
    placed_at = models.DateTimeField(help_text="When it happened, as first reported.")
    first_purchase_at = models.DateTimeField(null=True)
    thank_you_at = models.DateTimeField(null=True)
    complete_due_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    completed_event = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reference=""), name="order_has_reference"),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True) | Q(complete_due_at__isnull=True),
                name="completed_order_waits_no_longer",
            ),
        ]
        indexes = [
            models.Index(
                fields=["complete_due_at"],
                name="order_waiting",
                condition=Q(complete_due_at__isnull=False),
            ),
            models.Index(fields=["number"], name="order_number", condition=~Q(number="")),
            models.Index(Lower("email"), name="order_email", condition=~Q(email="")),
            models.Index(fields=["placed_at"], name="order_placed"),
            models.Index(fields=["source", "placed_at"], name="order_source"),
        ]

    def __str__(self) -> str:
        return self.number or self.reference

    @property
    def subject(self) -> str:
        """What its events are about."""
        return f"order:{self.reference}"

    @property
    def subjects(self) -> list[str]:
        """Every subject that its events, and customers' postbacks about it, may have."""
        names = [self.reference, str(self.data.get("id") or ""), self.number]
        return [f"order:{name}" for name in dict.fromkeys(names) if name]


class Transaction(models.Model):
    """One result of a purchase, refund or void; `event` is the one that it caused."""

    class Kind(models.TextChoices):
        PURCHASE = "purchase", "Purchase"
        REFUND = "refund", "Refund"
        VOID = "void", "Void"

    class Status(models.TextChoices):
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="transactions")
    reference = models.CharField(max_length=128)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PURCHASE)
    status = models.CharField(max_length=8, choices=Status.choices)
    amount = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    event = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "reference", "kind", "status"], name="one_row_per_result"
            ),
        ]
        indexes = [models.Index(fields=["reference"], name="transaction_reference")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"


class Subscription(models.Model):
    """A contact's subscription; `event` is the one that its cancellation caused."""

    reference = models.CharField(max_length=128, unique=True)
    source = models.CharField(max_length=6, choices=Source.choices)
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="subscriptions"
    )
    order = models.ForeignKey(
        Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="subscriptions"
    )
    data = models.JSONField(default=dict)
    canceled_at = models.DateTimeField(null=True)
    event = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.reference
