"""Keeps each trigger's route what its configuration says."""

from __future__ import annotations

from dispatcher import services as dispatcher
from postbacks.models import Trigger
from postbacks.routing import compile_trigger
from postbacks.services import saving
from postbacks.services.saving import Author


def refresh_route(trigger: Trigger, *, by: Author) -> None:
    """Give the trigger's rule the route of its present configuration, once it is complete.

    The same configuration is the same route: what does not change what is sent makes no new one.
    """
    if trigger.has_address and trigger.template_id:
        dispatcher.save_route(rule=trigger.rule, by=saving.known(by), **compile_trigger(trigger))
