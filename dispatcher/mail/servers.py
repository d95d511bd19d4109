"""Whose server sends an e-mail: registered by the app that owns them, else the environment's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import TextChoices


class Tls(TextChoices):
    """How the way to a mail server is secured."""

    STARTTLS = "starttls", "STARTTLS (usually port 587)"
    TLS = "tls", "TLS from the first byte (usually port 465)"
    NONE = "none", "None: everything is readable on its way"


@dataclass(frozen=True, slots=True)
class MailServer:
    """An outgoing server with its credentials; equal ones share their connections."""

    host: str
    port: int
    tls: str
    sender: str
    sender_name: str = ""
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        """What health and concurrency are counted by, as `smtp://mail.example.com:587`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"smtp://{host}:{self.port}"


Provider = Callable[[Collection[str]], Mapping[str, MailServer]]

_providers: list[Provider] = []


def register_servers(provider: Provider) -> None:
    """Ask this app for servers; call it at start, from an AppConfig's `ready`.

    `provider(owners)` maps each owner ("customer:12"; "" is nobody in particular) that has a
    server, of its own or by default, to it. It may query the database: it is called with the
    claim, never by a thread that sends.
    """
    if provider not in _providers:
        _providers.append(provider)


def servers_for(owners: Collection[str]) -> dict[str, MailServer | None]:
    """The server by which each owner's e-mail is sent at this moment; None: there is none."""
    found: dict[str, MailServer] = {}
    for provider in _providers:
        found = {**provider(owners), **found}
    default = environment_server()
    return {owner: found.get(owner, default) for owner in owners}


def environment_server() -> MailServer | None:
    """The server that EMAIL_URL names, if it names one."""
    if not settings.EMAIL_HOST:
        return None
    return MailServer(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        tls=_environment_tls(),
        sender=settings.DEFAULT_FROM_EMAIL,
        username=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
    )


def _environment_tls() -> str:
    if settings.EMAIL_USE_SSL:
        return Tls.TLS.value
    return (Tls.STARTTLS if settings.EMAIL_USE_TLS else Tls.NONE).value
