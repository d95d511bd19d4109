"""What log lines look like: JSON for machines, colours for somebody who debugs; never a secret."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_SECRET_NAMES = frozenset(
    {"authorization", "cookie", "set-cookie", "password", "secret", "token", "api_key", "key"}
)
_QUERY_OR_LOGIN = re.compile(
    r"(?P<scheme>\w+://)(?:[^\s/@'\"]+@)?(?P<rest>[^\s?'\"]*)(?:\?[^\s'\"]*)?"
)
HIDDEN = "[hidden]"


def hide_secrets(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Take out values that are secret by their name, and logins and query strings of URLs."""
    for key, value in event.items():
        if key.lower() in _SECRET_NAMES:
            event[key] = HIDDEN
        elif isinstance(value, str) and "://" in value:
            event[key] = _QUERY_OR_LOGIN.sub(r"\g<scheme>\g<rest>", value)
    return event


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to what is stderr at that moment, as when a test or a daemon has replaced it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def configure() -> None:
    """Send structlog through the standard library's logging, so that there is one stream."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def configuration(*, is_readable: bool, level: str) -> dict[str, Any]:
    """For logging.config.dictConfig: everything to stderr, readable or as JSON lines."""
    ending: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if is_readable:
        ending += [hide_secrets, structlog.dev.ConsoleRenderer()]
    else:
        ending += [
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.processors.JSONRenderer(),
        ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": ending,
            }
        },
        "handlers": {"stderr": {"()": StderrHandler, "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"level": "ERROR"},  # the request log has every answer already
            "gunicorn.error": {"handlers": [], "level": level, "propagate": True},
            "gunicorn.access": {"handlers": [], "level": "WARNING", "propagate": True},
            "axes": {"level": "WARNING"},  # says every log-in; who was locked out is a warning
            "django-q": {"handlers": [], "level": level, "propagate": True},
        },
    }
