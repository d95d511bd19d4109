"""Commands of manage.py, called as an administrator does."""

from __future__ import annotations

import io

from django.core.management import call_command


def config(*arguments):
    """What `manage.py config …` prints; raises CommandError when it refuses."""
    out = io.StringIO()
    call_command("config", *arguments, stdout=out)
    return out.getvalue()
