"""What somebody may do, in the words of whoever decides on it: by area, for groups of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.contrib.auth.models import Permission
from django.utils.text import get_text_list

_VERBS = {"view": "look at", "add": "add", "change": "change", "delete": "delete"}
_ALL = ("view", "add", "change", "delete")
_LOOK = ("view",)

# App, model, what it is called, and what may be allowed of it; everything else is machinery.
_Row = tuple[str, str, str, Sequence[str]]
AREAS: Mapping[str, Sequence[_Row]] = {
    "Deliveries": (
        ("dispatcher", "delivery", "deliveries", ("view", "change")),
        ("dispatcher", "event", "events", ("view", "add")),
        ("dispatcher", "destination", "destinations", ("view", "change")),
        ("dispatcher", "rule", "what is sent because of what", ("view", "change")),
    ),
    "Orders": (("notifications", "order", "orders", _LOOK),),
    "Customers": (
        ("postbacks", "customer", "customers", _ALL),
        ("postbacks", "trigger", "triggers", _ALL),
        ("postbacks", "template", "templates", _ALL),
        ("postbacks", "lookuptable", "lookup tables", _ALL),
        ("postbacks", "outgoingserver", "outgoing servers", _ALL),
    ),
    "Offers": (
        ("offers", "offer", "offers", _ALL),
        ("offers", "goal", "goals", _ALL),
        ("offers", "affiliate", "affiliates", _ALL),
        ("offers", "postback", "affiliates' postbacks", _ALL),
        ("offers", "conversion", "conversions", ("view", "change")),
    ),
    "Notifications": (
        ("notifications", "systemevent", "system events", ("view", "change")),
        ("notifications", "channel", "channels", _ALL),
        ("notifications", "attachment", "which channel hears of what", ("add", "change", "delete")),
        ("notifications", "messagetemplate", "messages", ("change",)),
    ),
    "Settings": (
        ("dispatcher", "purge", "storage", _LOOK),
        ("dispatcher", "erasure", "erasures", ("add",)),
        ("dispatcher", "apitoken", "API tokens", ("view", "add", "change")),
        ("admin", "logentry", "the audit", _LOOK),
        ("auth", "user", "users", _ALL),
        ("auth", "group", "groups", _LOOK),
    ),
}

_SPECIAL = {
    "dispatcher.change_delivery": "Send deliveries again, and cancel them",
    "dispatcher.add_event": "Have API tokens that report events",
    "dispatcher.change_destination": "Pause and resume destinations",
    "dispatcher.view_rule": "Look at what is sent because of what",
    "dispatcher.change_rule": "Have API tokens that change the configuration",
    "dispatcher.add_erasure": "Erase all payloads of a customer, an affiliate or a person",
    "dispatcher.change_apitoken": "Revoke API tokens",
    "dispatcher.add_apitoken": "Make API tokens",
    "notifications.change_systemevent": "Switch system events on and off",
    "notifications.add_attachment": "Attach a channel to an event",
    "notifications.change_attachment": "Pause and resume an attached channel",
    "notifications.delete_attachment": "Detach a channel from an event",
    "notifications.change_messagetemplate": "Change what messages say",
    "offers.change_conversion": "Change the status of conversions",
    "auth.change_user": "Change users, their groups and passwords",
}


def words(name: str, called: str) -> str:
    """What `app.action_model` allows, as "Look at triggers"."""
    action = name.partition(".")[2].partition("_")[0]
    return _SPECIAL.get(name, f"{_VERBS[action].capitalize()} {called}")


def in_sentences(permissions: Iterable[Permission]) -> Iterator[tuple[str, list[str]]]:
    """The same to be read: "Look at, add and change triggers" in place of three lines."""
    names = {f"{one.content_type.app_label}.{one.codename}" for one in permissions}
    for area, rows in AREAS.items():
        lines: list[str] = []
        for app, model, called, actions in rows:
            given = [(action, f"{app}.{action}_{model}") for action in actions]
            given = [(action, name) for action, name in given if name in names]
            plain = [_VERBS[action] for action, name in given if name not in _SPECIAL]
            if plain:
                lines.append(f"{get_text_list(plain, 'and').capitalize()} {called}")
            lines += [_SPECIAL[name] for _, name in given if name in _SPECIAL]
        if lines:
            yield area, lines


def by_area(permissions: Iterable[Permission]) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """These permissions by area, each with its words; machinery is left out.

    They must have been selected with their `content_type`.
    """
    keys = {
        f"{one.content_type.app_label}.{one.codename}": one.pk
        for one in permissions  # a name is unique within its app's model, and ours are distinct
    }
    for area, rows in AREAS.items():
        found = [
            (keys[name], words(name, called))
            for app, model, called, actions in rows
            for name in (f"{app}.{action}_{model}" for action in actions)
            if name in keys
        ]
        if found:
            yield area, found
