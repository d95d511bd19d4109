"""The chat services: how Apprise is asked for a message, and what is done to make it harmless.

Adding one is one entry here, and one file in the app that lets people choose it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dispatcher.chat import neutral

Payload = dict[str, Any]
Options = Mapping[str, str]


def _characters(text: str) -> int:
    return len(text)


def _bytes(text: str) -> int:
    return len(text.encode())


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True, slots=True)
class Service:
    """One service.

    `address` makes Apprise's URL of what is public: where a secret would be, it has a stand-in.
    `bold` stands around the title where that is part of the text. `finish` has the last word on
    the JSON. `limit` is what the service takes at most, counted by `measure`.
    """

    address: Callable[[Options], str]
    neutral: Callable[[str], str]
    limit: int
    title_limit: int = 0
    bold: tuple[str, str] = ("", "")
    measure: Callable[[str], int] = _characters
    finish: Callable[[Payload, Options, str, str], None] = lambda *_: None

    @property
    def has_title(self) -> bool:
        """Whether the title is a field of its own."""
        return self.title_limit > 0


def _finish_slack(payload: Payload, _: Options, title: str, text: str) -> None:
    payload["link_names"] = False
    for attachment in payload["attachments"]:
        attachment |= {"title": title, "text": text, "fallback": title, "mrkdwn_in": []}


def _finish_discord(payload: Payload, *_: object) -> None:
    payload.pop("wait", None)
    payload["allowed_mentions"] = {"parse": []}


def _finish_teams(payload: Payload, _: Options, title: str, text: str) -> None:
    """Adaptive cards know line breaks as paragraphs only."""
    lines = {"title": title, "body": text.replace("\n", "\n\n")}
    for attachment in payload["attachments"]:
        for block in attachment["content"]["body"]:
            if block.get("id") in lines:
                block |= {"text": lines[block["id"]], "wrap": True}


def _finish_named(payload: Payload, *_: object) -> None:
    payload.pop("username", None)  # the name that the operator gave the webhook


def _finish_ntfy(payload: Payload, options: Options, *_: object) -> None:
    if options.get("priority"):
        payload["priority"] = int(options["priority"])


def _finish_telegram(payload: Payload, *_: object) -> None:
    payload.pop("disable_notification", None)


def _telegram(options: Options) -> str:
    chat = quote(options["chat_id"], safe="")
    thread = options.get("thread_id")
    topic = f"&topic={quote(thread)}" if thread else ""
    token = "1:" + "A" * 35
    return f"tgram://{token}/{chat}/?image=no&format=html&detect=no&content=before{topic}"


def _ntfy(options: Options) -> str:
    return f"ntfys://ntfy.invalid/{quote(options['topic'], safe='')}?image=no&mode=private"


def _finish_gotify(payload: Payload, options: Options, *_: object) -> None:
    payload["priority"] = int(options.get("priority") or 5)


SERVICES: Mapping[str, Service] = {
    "slack": Service(
        address=lambda _: f"slack://T00000000/B00000000/{'X' * 24}/?footer=no&image=no&blocks=no",
        neutral=neutral.entities,
        limit=35_000,
        title_limit=250,
        finish=_finish_slack,
    ),
    "teams": Service(
        address=lambda _: "workflows://teams.invalid:443/WORKFLOW/SIGNATURE?image=no",
        neutral=neutral.breaks,
        limit=20_000,  # 28 KB for the whole card
        measure=_bytes,
        title_limit=250,
        finish=_finish_teams,
    ),
    "discord": Service(
        address=lambda _: "discord://100000000000000000/TOKEN?footer=no&image=no&avatar=no",
        neutral=neutral.backslashes,
        limit=2_000,
        bold=("**", "**"),
        measure=_utf16,
        finish=_finish_discord,
    ),
    "telegram": Service(
        address=_telegram,
        neutral=neutral.entities,
        limit=4_096,
        bold=("<b>", "</b>"),
        measure=_utf16,
        finish=_finish_telegram,
    ),
    "ntfy": Service(
        address=_ntfy,
        neutral=neutral.plain,
        limit=4_096,
        title_limit=200,
        measure=_bytes,
        finish=_finish_ntfy,
    ),
    "mattermost": Service(
        address=lambda _: f"mmosts://mattermost.invalid/{'x' * 24}?image=no",
        neutral=neutral.slack_like,
        limit=4_000,
        bold=("**", "**"),
        finish=_finish_named,
    ),
    "rocketchat": Service(
        address=lambda _: "rockets://a/b@rocketchat.invalid/?mode=webhook&avatar=no&format=text",
        neutral=neutral.slack_like,
        limit=5_000,
        bold=("*", "*"),
        finish=_finish_named,
    ),
    "google_chat": Service(
        address=lambda _: "gchat://SPACE/KEY/TOKEN",
        neutral=neutral.breaks,
        limit=4_096,
        measure=_bytes,
        bold=("*", "*"),
    ),
    "gotify": Service(
        address=lambda _: "gotifys://gotify.invalid/TOKEN",
        neutral=neutral.plain,
        limit=10_000,
        title_limit=250,
        finish=_finish_gotify,
    ),
}


def service(name: str) -> Service:
    """The service of this name; KeyError for one that this version does not know."""
    return SERVICES[name]
