"""Routes and credentials as workers keep them in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from dispatcher.mail import servers_for
from dispatcher.models import Route, Rule
from dispatcher.rendering import Template
from dispatcher.retries import RetryPolicy
from dispatcher.transports import filled_transport
from dispatcher.work import CompiledRoute, Credentials, Work

logger = structlog.get_logger(__name__)

MAX_KEPT = 10_000


class RouteCache:
    """Compiled routes for ever (a route never changes), credentials by the rule's version."""

    def __init__(self) -> None:
        self._routes: dict[int, CompiledRoute] = {}
        self._credentials: dict[tuple[int, int], Credentials] = {}

    def equip(self, works: Iterable[Work]) -> list[Work]:
        """Give each work its route, credentials and mail server.

        At most two queries for all of them, and one where there are e-mails. Returns the works
        whose configuration cannot be read (a missing key, a broken row): one of them must not
        stop the others.
        """
        works = list(works)
        self._make_room()
        self._load_routes({work.route_id for work in works} - self._routes.keys())
        wanted = {(work.rule_id, work.rule_version) for work in works}
        self._load_credentials(wanted - self._credentials.keys())
        broken = []
        for work in works:
            route = self._routes.get(work.route_id)
            credentials = self._credentials.get((work.rule_id, work.rule_version))
            if route is None or credentials is None:
                broken.append(work)
            else:
                work.route, work.credentials = route, credentials
        sound = [work for work in works if work not in broken]
        _give_servers([work for work in sound if work.route.transport == "email"])
        return broken

    def _make_room(self) -> None:
        if len(self._routes) > MAX_KEPT:
            self._routes.clear()
        if len(self._credentials) > MAX_KEPT:
            self._credentials.clear()

    def _load_routes(self, missing: set[int]) -> None:
        for route in Route.objects.filter(pk__in=missing) if missing else ():
            with _noting_what_is_broken(route=route.pk):
                self._routes[route.pk] = compile_route(route)

    def _load_credentials(self, missing: set[tuple[int, int]]) -> None:
        versions = dict(missing)
        for rule in _rules(versions) if versions else ():
            with _noting_what_is_broken(rule=rule.pk):
                credentials = compile_credentials(rule.credentials)
                self._credentials[rule.pk, versions[rule.pk]] = credentials


def _rules(ids: Iterable[int]) -> Iterable[Rule]:
    rules = Rule.objects.filter(pk__in=ids)
    try:
        return list(rules)
    except (ImproperlyConfigured, ValueError):  # one of them cannot be decrypted: read each apart
        return rules.defer("credentials")


@contextmanager
def _noting_what_is_broken(**what: int) -> Iterator[None]:
    try:
        yield
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one row is wrong with it alone
        logger.error(  # noqa: TRY400 - the text could hold a secret
            "configuration_unreadable", error=type(error).__name__, **what
        )


def _give_servers(works: list[Work]) -> None:
    """Servers as they are now: what an operator corrects counts from the next attempt on."""
    if not works:
        return
    servers = servers_for({work.owner for work in works})
    for work in works:
        work.mail_server = servers[work.owner]


def compile_route(route: Route) -> CompiledRoute:
    filled = filled_transport(route.transport)
    return CompiledRoute(
        id=route.pk,
        transport=route.transport,
        spec=route.spec,
        policy=RetryPolicy.from_data(route.retry_policy),
        deadline=float(route.spec.get("deadline", settings.DELIVERY_DEADLINE)),
        templates=() if filled else _templates(route.spec),
        fill=filled.filler(route.spec) if filled else None,
        delay=route.delay,
    )


def _templates(spec: dict[str, Any]) -> tuple[Template, ...]:
    parts = spec.get("templates") or [spec["template"]]
    return tuple(
        Template(
            part["format"],
            part["source"],
            strict=part.get("strict", False),
            schema=part.get("schema", ""),
        )
        for part in parts
    )


def compile_credentials(data: dict[str, Any]) -> Credentials:
    headers = [(name, value) for name, value in data.get("headers", [])]
    if data.get("authorization"):
        headers.append(("Authorization", data["authorization"]))
    signing = [
        (entry["secret"], datetime.fromisoformat(entry["until"]) if entry.get("until") else None)
        for entry in data.get("signing", [])
    ]
    secrets = tuple((str(name), str(value)) for name, value in data.get("secrets", {}).items())
    return Credentials(headers=tuple(headers), signing=tuple(signing), secrets=secrets)
