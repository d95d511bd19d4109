"""The dispatcher's tables (design section 2)."""

from dispatcher.models.deliveries import (
    Attempt,
    Delivery,
    Request,
)
from dispatcher.models.events import (
    Event,
    Skip,
)
from dispatcher.models.health import (
    Doorbell,
    DueWork,
    Heartbeat,
)
from dispatcher.models.retention import (
    Erasure,
    Purge,
)
from dispatcher.models.rules import (
    Destination,
    OwnerHold,
    Route,
    Rule,
)
from dispatcher.models.tokens import (
    ApiToken,
)
from dispatcher.models.upkeep import (
    BulkJob,
    Duty,
    Tally,
    Transition,
)

__all__ = [
    "ApiToken",
    "Attempt",
    "BulkJob",
    "Delivery",
    "Destination",
    "Doorbell",
    "DueWork",
    "Duty",
    "Erasure",
    "Event",
    "Heartbeat",
    "OwnerHold",
    "Purge",
    "Request",
    "Route",
    "Rule",
    "Skip",
    "Tally",
    "Transition",
]
