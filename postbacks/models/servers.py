"""Operators' own mail servers."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from simple_history.models import HistoricalRecords

from dispatcher.fields import EncryptedTextField
from dispatcher.mail import MailServer, Tls


class OutgoingServer(models.Model):
    """A mail server by which one customer's e-mails are sent, or everybody else's.

    `destination` is what its health is counted by.
    """

    customer = models.ForeignKey(
        "postbacks.Customer",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="outgoing_servers",
        help_text="Empty: the default, for every customer without a server of its own.",
    )
    sender_address = models.EmailField(max_length=254)
    sender_name = models.CharField(max_length=120, blank=True, default="")
    host = models.CharField("server", max_length=253)
    port = models.PositiveIntegerField(default=587)
    tls = models.CharField("TLS mode", max_length=8, choices=Tls.choices, default=Tls.STARTTLS)
    username = models.CharField("user name", max_length=254, blank=True, default="")
    password: Any = EncryptedTextField(blank=True, default="")
    destination = models.ForeignKey(
        "dispatcher.Destination", on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(excluded_fields=["password"])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Coalesce("customer", Value(0)),
                name="one_outgoing_server_per_customer",
                violation_error_message="There is one for this customer (or a default one) "
                "already. Change that one.",
            ),
            models.CheckConstraint(
                condition=Q(port__gte=1, port__lte=65535),
                name="outgoing_server_port_exists",
                violation_error_message="Ports are between 1 and 65535.",
            ),
            models.CheckConstraint(
                condition=Q(password="") | ~Q(username=""),
                name="outgoing_server_password_needs_username",
                violation_error_message="A password needs a user name.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sender_address} by {self.host}"

    @property
    def mail_server(self) -> MailServer:
        """It as the dispatcher sends by it, with its password."""
        return MailServer(
            host=self.host,
            port=self.port,
            tls=self.tls,
            sender=self.sender_address,
            sender_name=self.sender_name,
            username=self.username,
            password=self.password,
        )
