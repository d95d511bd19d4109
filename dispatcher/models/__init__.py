"""The dispatcher's tables (design section 2)."""

from dispatcher.models.deliveries import Attempt, Delivery, Request
from dispatcher.models.events import Event, Skip
from dispatcher.models.health import Doorbell, Heartbeat
from dispatcher.models.rules import Destination, OwnerHold, Route, Rule
from dispatcher.models.tokens import ApiToken

__all__ = [
    "ApiToken",
    "Attempt",
    "Delivery",
    "Destination",
    "Doorbell",
    "Event",
    "Heartbeat",
    "OwnerHold",
    "Request",
    "Route",
    "Rule",
    "Skip",
]
