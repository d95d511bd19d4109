"""What the kinds that write to a chat service share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from dispatcher import http
from notifications.contracts import Compiled, Message
from notifications.kinds.base import BaseKind, Field, web_address


class ChatKind(BaseKind):
    """A readable message to a service that `dispatcher.chat` knows by the kind's name."""

    @abstractmethod
    def address(self, config: Mapping[str, Any], secret: Mapping[str, Any]) -> str:
        """The URL that is sent to, with `{name}` for each secret part."""

    @abstractmethod
    def credentials(self, config: Mapping[str, Any], secret: Mapping[str, Any]) -> dict[str, Any]:
        """The secret parts by name, and headers, as the dispatcher's rules keep them."""

    def options(self, config: Mapping[str, Any]) -> dict[str, str]:
        """What the service's message itself needs to know."""
        return {}

    def compile(
        self, config: Mapping[str, Any], secret: Mapping[str, Any], *, event: str, message: Message
    ) -> Compiled:
        address = self.address(config, secret)
        return Compiled(
            transport="chat",
            destination=http.origin(address),
            spec={
                "service": self.name,
                "options": self.options(config),
                "url": address,
                "templates": [
                    {"part": "title", "format": "text", "source": message.title},
                    {"part": "text", "format": "text", "source": message.text},
                ],
            },
            credentials=self.credentials(config, secret),
            made_from=message.made_from,
        )


class WebhookKind(ChatKind):
    """A service that hands out one address, which is a password in itself."""

    hosts: ClassVar[Sequence[str]] = ()
    """Host names it can have, with those below them; none: any (people run it themselves)."""
    path: ClassVar[str] = "/"
    """What the address's path begins with, or holds where it may be installed anywhere."""
    example: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.fields = (
            Field(
                name="webhook",
                label="Webhook address",
                help=cls.how_to,
                is_secret=True,
                form="url",
                placeholder=cls.example,
            ),
        )

    def clean(self, field: Field, value: str) -> str:
        web_address(value)
        parts = urlsplit(value)
        host = parts.hostname or ""
        if self.hosts and not any(host == one or host.endswith(f".{one}") for one in self.hosts):
            raise ValidationError(
                f"This is not an address of {self.label}. It looks like {self.example}"
            )
        if self.hosts and parts.scheme != "https":
            raise ValidationError("The address must begin with https://.")
        is_right = parts.path.startswith(self.path) if self.hosts else self.path in parts.path
        if not is_right or len(parts.path) <= len(self.path):
            raise ValidationError(f"The address is not complete. It looks like {self.example}")
        return value

    def address(self, config: Mapping[str, Any], secret: Mapping[str, Any]) -> str:
        parts = urlsplit(str(secret["webhook"]))
        return f"{parts.scheme}://{parts.netloc}/{{webhook}}"

    def credentials(self, config: Mapping[str, Any], secret: Mapping[str, Any]) -> dict[str, Any]:
        parts = urlsplit(str(secret["webhook"]))
        query = f"?{parts.query}" if parts.query else ""
        return {"secrets": {"webhook": parts.path.removeprefix("/") + query}}


def server_of(value: str) -> str:
    """The address of a server somebody runs, without a slash at its end."""
    web_address(value)
    if urlsplit(value).query or "#" in value:
        raise ValidationError("Give the address of the server alone, without anything after it.")
    return value.rstrip("/")
