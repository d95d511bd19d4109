"""Routes and credentials as workers keep them in memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings

from dispatcher.mail import servers_for
from dispatcher.models import Route, Rule
from dispatcher.rendering import Template
from dispatcher.retries import RetryPolicy
from dispatcher.work import CompiledRoute, Credentials, Work

MAX_KEPT = 10_000


class RouteCache:
    """Compiled routes for ever (a route never changes), credentials by the rule's version."""

    def __init__(self) -> None:
        self._routes: dict[int, CompiledRoute] = {}
        self._credentials: dict[tuple[int, int], Credentials] = {}

    def equip(self, works: Iterable[Work]) -> None:
        """Give each work its route, credentials and mail server.

        At most two queries for all of them, and one where there are e-mails.
        """
        works = list(works)
        self._load_routes({work.route_id for work in works} - self._routes.keys())
        wanted = {(work.rule_id, work.rule_version) for work in works}
        self._load_credentials(wanted - self._credentials.keys())
        for work in works:
            work.route = self._routes[work.route_id]
            work.credentials = self._credentials[work.rule_id, work.rule_version]
        _give_servers([work for work in works if work.route.transport == "email"])

    def _load_routes(self, missing: set[int]) -> None:
        if not missing:
            return
        if len(self._routes) > MAX_KEPT:
            self._routes.clear()
        for route in Route.objects.filter(pk__in=missing):
            self._routes[route.pk] = compile_route(route)

    def _load_credentials(self, missing: set[tuple[int, int]]) -> None:
        if not missing:
            return
        if len(self._credentials) > MAX_KEPT:
            self._credentials.clear()
        rows = Rule.objects.filter(pk__in={rule_id for rule_id, _ in missing})
        found = {rule.pk: compile_credentials(rule.credentials) for rule in rows}
        for rule_id, version in missing:
            self._credentials[rule_id, version] = found[rule_id]


def _give_servers(works: list[Work]) -> None:
    """Servers as they are now: what an operator corrects counts from the next attempt on."""
    if not works:
        return
    servers = servers_for({work.owner for work in works})
    for work in works:
        work.mail_server = servers[work.owner]


def compile_route(route: Route) -> CompiledRoute:
    return CompiledRoute(
        id=route.pk,
        transport=route.transport,
        spec=route.spec,
        policy=RetryPolicy.from_data(route.retry_policy),
        deadline=float(route.spec.get("deadline", settings.DELIVERY_DEADLINE)),
        templates=_templates(route.spec),
    )


def _templates(spec: dict[str, Any]) -> tuple[Template, ...]:
    parts = spec.get("templates") or [spec["template"]]
    return tuple(
        Template(part["format"], part["source"], strict=part.get("strict", False)) for part in parts
    )


def compile_credentials(data: dict[str, Any]) -> Credentials:
    headers = [(name, value) for name, value in data.get("headers", [])]
    if data.get("authorization"):
        headers.append(("Authorization", data["authorization"]))
    signing = [
        (entry["secret"], datetime.fromisoformat(entry["until"]) if entry.get("until") else None)
        for entry in data.get("signing", [])
    ]
    return Credentials(headers=tuple(headers), signing=tuple(signing))
