"""Keeps each trigger's route what its configuration says."""

from __future__ import annotations

from dispatcher import services as dispatcher
from dispatcher.configuration import saving
from dispatcher.configuration.saving import Author
from postbacks.models import Trigger
from postbacks.routing import compile_trigger


def refresh_route(trigger: Trigger, *, by: Author) -> None:
    """Give the trigger's rule the route of its present configuration, once it is complete.

    The same configuration is the same route: what does not change what is sent makes no new one.
    """
    if trigger.has_address and trigger.template_id:
        dispatcher.save_route(rule=trigger.rule, by=saving.known(by), **compile_trigger(trigger))
