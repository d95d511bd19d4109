"""Is the process up, and does work get done: for load balancers, supervisors and operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dispatcher.services import health

_migrated = False  # once complete, they stay complete while this code runs


@require_safe
@never_cache
def live(_request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """200 when every check passes, else 503; what is wrong is said by name in either case."""
    problems = find_problems()
    checks = {name: problems.get(name, "ok") for name in _CHECKS}
    status = 503 if problems else 200
    return JsonResponse({"ready": not problems, "checks": checks}, status=status)


def find_problems() -> Mapping[str, str]:
    """A sentence for each check that fails, by the check's name."""
    problems: dict[str, str] = {}
    for name, check in _CHECKS.items():
        try:
            problem = check()
        except DatabaseError as error:
            # Its text may hold the address of the database; its class says enough.
            problems[name] = f"The database answered with {type(error).__name__}."
            break
        if problem:
            problems[name] = problem
        if problem and name in _ELSE_MEANINGLESS:
            break
    return problems


def _check_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _check_migrations() -> str:
    global _migrated  # noqa: PLW0603 - reading every migration file each time would be slow
    if not _migrated:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            return f"{len(missing)} migrations are missing: run manage.py migrate."
        _migrated = True
    return ""


def _check_work() -> str:
    seconds = health.overdue_seconds()
    if seconds <= settings.OVERDUE_SECONDS:
        return ""
    return f"A delivery has been due for {seconds:.0f} seconds and no worker took it."


def _check_workers() -> str:
    if health.workers_alive():
        return ""
    return f"No worker gave a sign of life in the last {health.SILENT_SECONDS} seconds."


_CHECKS: Mapping[str, Callable[[], str]] = {
    "database": _check_database,
    "migrations": _check_migrations,
    "work": _check_work,
    "workers": _check_workers,
}
_ELSE_MEANINGLESS = {"database", "migrations"}
