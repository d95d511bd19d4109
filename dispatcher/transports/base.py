"""The shape every transport has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from dispatcher.http import Exchange
from dispatcher.rendering import Job, Rendered
from dispatcher.work import CompiledRoute, Filler, FrozenRequest, Work


class Sender(ABC):
    """Turns an event into a request once, and sends that request as often as it takes."""

    @abstractmethod
    def send(self, work: Work) -> Exchange:
        """Make one attempt; returns how it went and raises nothing because of the network.

        Called in a sending thread: it may wait, but must not touch the database.
        """


class Transport(Sender):
    """Its requests are made of what the rendering process gives."""

    @abstractmethod
    def job(self, route: CompiledRoute, *, payload: str, owner: str) -> Job:
        """What is to be rendered for one event."""

    @abstractmethod
    def freeze(self, route: CompiledRoute, rendered: Rendered) -> FrozenRequest:
        """The request made of what was rendered, without timestamp, signature or credentials."""


class FilledTransport(Sender):
    """Its requests are made of route and payload alone, at once and without that process."""

    @abstractmethod
    def filler(self, spec: Mapping[str, Any]) -> Filler:
        """What makes the requests of a route; made once for each route, and kept."""
