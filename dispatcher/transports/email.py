"""Sends a rendered e-mail by the outgoing server of the event's owner."""

from __future__ import annotations

import json
from functools import cached_property

from dispatcher.http import Exchange
from dispatcher.mail import Mailer, OutgoingMail
from dispatcher.rendering import Job, Rendered
from dispatcher.transports.base import Transport
from dispatcher.types import Outcome
from dispatcher.work import CompiledRoute, FrozenRequest, Work

METHOD = "EMAIL"
SUBJECT_CHARACTERS = 250
NO_SERVER = "There is no outgoing e-mail server. Add one under Outgoing servers, or set EMAIL_URL."
_HEADERS = {"To": "to", "Cc": "cc", "Bcc": "bcc", "Reply-To": "reply_to"}
_PUT_OFF = 450  # any of 4xx: whether the policy would try again


class Email(Transport):
    """An e-mail of subject, text and HTML; sender and credentials are the server's.

    The route's spec holds `to`, `cc`, `bcc`, `reply_to` (lists of plain addresses) and
    `templates`, each with its `part`: subject, text or html.
    """

    def job(self, route: CompiledRoute, *, payload: str, owner: str) -> Job:
        return Job(templates=route.templates, payload=payload, owner=owner)

    def freeze(self, route: CompiledRoute, rendered: Rendered) -> FrozenRequest:
        names = [part["part"] for part in route.spec["templates"]]
        parts = dict(zip(names, rendered.outputs, strict=True))
        headers = [("Subject", one_line(parts.pop("subject", "")))]
        for header, name in _HEADERS.items():
            if route.spec.get(name):
                headers.append((header, ", ".join(route.spec[name])))
        return FrozenRequest(
            method=METHOD,
            url="mailto:" + ",".join(route.spec["to"]),
            headers=tuple(headers),
            body=json.dumps(parts, ensure_ascii=False),
            warnings=tuple(
                {"line": w.line, "message": w.message, "part": names[w.part]}
                for w in rendered.warnings
            ),
        )

    def send(self, work: Work) -> Exchange:
        if work.mail_server is None:
            return Exchange(outcome=Outcome.CONFIGURATION_ERROR, error=NO_SERVER)
        return self.mailer.send(
            work.mail_server, thawed(work), deadline=work.route.deadline, may_wait=_may_wait(work)
        )

    @cached_property
    def mailer(self) -> Mailer:
        """One per process; it forgets its connections after a fork by itself."""
        return Mailer()


def one_line(subject: str) -> str:
    """A subject without anything that could end its header line."""
    words = " ".join("".join(c if c.isprintable() else " " for c in subject).split())
    return words[:SUBJECT_CHARACTERS]


def thawed(work: Work) -> OutgoingMail:
    """What was frozen, as the mailer takes it."""
    request = work.request
    assert request is not None  # noqa: S101 - the pass renders before it sends
    headers = dict(request.headers)
    people = {
        name: tuple(address for address in headers.get(header, "").split(", ") if address)
        for header, name in _HEADERS.items()
    }
    body = json.loads(request.body)
    return OutgoingMail(
        uid=str(work.uid),
        subject=headers["Subject"],
        text=body.get("text", ""),
        html=body.get("html", ""),
        **people,
    )


def _may_wait(work: Work) -> bool:
    """Whether a recipient who is put off now would be tried again."""
    delay = work.route.policy.next_delay(
        outcome=Outcome.REJECTED,
        status=_PUT_OFF,
        retry_after=None,
        tries=work.attempts_made - work.round_start + 1,
        age=0,
    )
    return delay is not None
