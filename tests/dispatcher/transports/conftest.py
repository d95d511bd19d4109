from __future__ import annotations

from chat_standin import chat_tls, standin  # noqa: F401
