"""Outgoing mail servers: saved with their password apart, looked up by owner, tried."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from dispatcher import mail
from dispatcher import services as dispatcher
from dispatcher.configuration import saving
from dispatcher.configuration.saving import Author
from dispatcher.keys import as_keys
from postbacks.models import Customer, OutgoingServer, Trigger
from postbacks.services.routes import refresh_route

_HOST_ENDS = ("://", "/", "@", " ")


@transaction.atomic
def save_outgoing_server(
    *, server: OutgoingServer, password: str | None = None, by: Author = None
) -> OutgoingServer:
    """Save a new or changed server; from the next attempt on e-mails are sent by it.

    `password`: None keeps what is stored, as long as host and user name stay, "" removes it.
    Raises ValidationError keyed by field, ChangedMeanwhileError when somebody else was faster.
    """
    before = saving.take(server)
    server.host = server.host.strip().rstrip(".").lower()
    server.username = server.username.strip()
    server.password = _password(server, before, password)
    saving.check(server, lambda: _check_fields(server), exclude={"destination"})
    key = server.mail_server.key
    server.destination = dispatcher.destination_for(key)
    saving.save(server, by=by)
    if before is None or (before.mail_server.key, before.customer_id) != (key, server.customer_id):
        _refresh_routes(by)
    return server


def _password(server: OutgoingServer, before: OutgoingServer | None, given: str | None) -> str:
    """The new password or the stored one, which never goes to another machine by itself."""
    if given is not None:
        return given
    if before is None or not server.username:
        return ""
    if before.password and (before.host, before.username) != (server.host, server.username):
        message = "Enter the password again: server or user name is another one now."
        raise ValidationError({"password": message})
    return str(before.password)


def _check_fields(server: OutgoingServer) -> None:
    errors = {}
    if any(mark in server.host for mark in _HOST_ENDS):
        errors["host"] = "Give the server's name alone, as mail.example.com."
    if server.sender_address:
        problem = mail.check_address(server.sender_address)
        if problem:
            errors["sender_address"] = problem
    if not server.sender_name.isprintable():
        errors["sender_name"] = "Take the line breaks and other invisible letters out."
    if not server.username.isprintable():
        errors["username"] = "Take the line breaks and other invisible letters out."
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def delete_outgoing_server(*, server: OutgoingServer, by: Author = None) -> None:
    """Delete it; what still waits is sent by the default one or the environment's."""
    saving.remember(server, by=by)
    server.delete()
    _refresh_routes(by)


def _refresh_routes(by: Author) -> None:
    """Count the health of what e-mail triggers send by against the right server."""
    emails = Trigger.objects.filter(method_kind=Trigger.MethodKind.EMAIL)
    for trigger in emails.select_related("rule", "template", "customer"):
        refresh_route(trigger, by=by)


def mail_servers(owners: Collection[str]) -> Mapping[str, mail.MailServer]:
    """The servers of these owners, each its own or the default one; one query."""
    keys = as_keys(owner.removeprefix("customer:") for owner in owners)
    wanted = OutgoingServer.objects.filter(Q(customer=None) | Q(customer__in=keys))
    found = {f"customer:{one.customer_id}" if one.customer_id else "": one for one in wanted}
    default = found.get("")
    chosen = {owner: found.get(owner, default) for owner in owners}
    return {owner: one.mail_server for owner, one in chosen.items() if one is not None}


def test_outgoing_server(  # a verb of ours, not one of pytest's tests
    *,
    server: OutgoingServer,
    recipient: str,
) -> mail.Tried:
    """Walk through every step with a real e-mail to `recipient`; call it in no transaction.

    Raises ValidationError on field `recipient` for an address that is none.
    """
    recipient = recipient.strip()
    problem = mail.check_address(recipient)
    if problem:
        raise ValidationError({"recipient": problem})
    return mail.try_server(server.mail_server, recipient)


def server_of(customer: Customer | None) -> mail.MailServer | None:
    """The server that sends for this customer at present, the environment's included."""
    owner = customer.owner if customer else ""
    return mail.servers_for([owner])[owner]
