"""Apprise, with its hands tied: it writes a request, and what it would send is taken from it.

Each plugin posts by the `requests` of its module; here that name is a recorder, which notes the
request, answers 200, and knows nothing else. So no address, redirect, proxy or timeout is ever
Apprise's to decide, and its logs can hold nothing secret, because it is told nothing secret.
"""

from __future__ import annotations

import logging
import sys
import threading
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from typing import Any

import requests

PLUGINS = {
    "slack": ("slack", "NotifySlack"),
    "workflows": ("workflows", "NotifyWorkflows"),
    "discord": ("discord", "NotifyDiscord"),
    "tgram": ("telegram", "NotifyTelegram"),
    "ntfys": ("ntfy", "NotifyNtfy"),
    "mmosts": ("mattermost", "NotifyMattermost"),
    "rockets": ("rocketchat", "NotifyRocketChat"),
    "gchat": ("google_chat", "NotifyGoogleChat"),
    "gotifys": ("gotify", "NotifyGotify"),
}
"""Module and class by the scheme of Apprise's URLs. Only these are loaded: asked for one by its
URL, Apprise itself would load all of its hundred and thirty."""
_FORMS = frozenset({"data", "json", "headers", "params", "auth"})


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request as a plugin wrote it."""

    method: str
    content_type: str
    body: str


class _Recorder:
    """Stands where a plugin expects the module `requests`; one list of notes for each thread."""

    codes = requests.codes
    exceptions = requests.exceptions
    RequestException = requests.RequestException

    def __init__(self) -> None:
        self._local = threading.local()
        self.post = partial(self.request, "POST")
        self.put = partial(self.request, "PUT")

    def begin(self) -> list[Recorded]:
        """The notes of this thread from now on."""
        self._local.notes = []
        notes: list[Recorded] = self._local.notes
        return notes

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Note it and pretend that it went well."""
        form = {name: value for name, value in options.items() if name in _FORMS}
        prepared = requests.Request(method, url, **form).prepare()
        body = prepared.body or ""
        self._local.notes.append(
            Recorded(
                method=method.upper(),
                content_type=str(prepared.headers.get("Content-Type", "application/json")),
                body=body.decode() if isinstance(body, bytes) else body,
            )
        )
        answer = requests.Response()
        answer.status_code = 200
        answer._content = b"{}"  # noqa: SLF001 - there is no other way to make one
        return answer


_recorder = _Recorder()
_loading = threading.Lock()


def record(address: str, *, title: str, text: str) -> Recorded:
    """The one request that the plugin of this address makes of title and text.

    They are given as they are to be sent: escaped already. Raises ValueError when Apprise makes
    no request of it, or several. Thread-safe.
    """
    kind = _plugin(address.partition("://")[0])
    read = kind.parse_url(address)
    if not read:
        raise ValueError("Apprise does not take this address.")
    plugin = kind(**read, asset=_asset())
    plugin.request_rate_per_sec = 0
    plugin.ntfy_json_upstream_size_limit = sys.maxsize  # never a file instead: it was cut to fit
    notes = _recorder.begin()
    plugin.send(body=text, title=title)
    if len(notes) != 1:
        raise ValueError("The message is not exactly one request.")
    return notes[0]


def _asset() -> Any:
    return import_module("apprise.asset").AppriseAsset(
        app_id="Postbacks",
        app_desc="Postbacks",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        image_path_mask="",
        async_mode=False,
    )


def _plugin(scheme: str) -> Any:
    """Loaded with the first message to its service: it takes a moment and some memory."""
    with _loading:
        return _load(scheme)


@cache
def _load(scheme: str) -> Any:
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.disabled = True
    name, kind = PLUGINS[scheme]
    module: Any = import_module(f"apprise.plugins.{name}")
    module.requests = _recorder
    return getattr(module, kind)
