"""The Authorization header, made of what an operator enters; each check names its field."""

from __future__ import annotations

import base64
import re

from django.core.exceptions import ValidationError

MAX = 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TOKEN = re.compile(r"[\x21-\x7e]+")


def basic(login: str, password: str) -> str:
    """Basic Auth of login and password as RFC 7617 has it, in UTF-8.

    Raises ValidationError on `login` or `password`; no message quotes either.
    """
    errors = {}
    if not login:
        errors["login"] = "Give the login, or choose another way to log in."
    elif ":" in login:
        errors["login"] = "Basic Auth allows no colon in a login."
    for name, value in (("login", login), ("password", password)):
        if _CONTROL.search(value) or len(value) > MAX:
            errors[name] = f"This holds a control character or more than {MAX} characters."
    if errors:
        raise ValidationError(errors)
    try:
        pair = f"{login}:{password}".encode()
    except UnicodeEncodeError:
        raise ValidationError({"password": "This holds half a character. Correct it."}) from None
    return f"Basic {base64.b64encode(pair).decode()}"


def basic_token(token: str) -> str:
    """`Basic <token>`, the token as it is. Raises ValidationError on `token`."""
    return f"Basic {_checked(token)}"


def bearer(token: str) -> str:
    """`Bearer <token>`, the token as it is. Raises ValidationError on `token`."""
    return f"Bearer {_checked(token)}"


def _checked(token: str) -> str:
    token = token.strip()
    scheme, _, rest = token.partition(" ")
    if rest and scheme.lower() in {"basic", "bearer"}:
        message = f"Give the token alone: “{scheme}” is put before it by itself."
    elif not token:
        message = "Give the token, or choose another way to log in."
    elif len(token) > MAX or not _TOKEN.fullmatch(token):
        message = f"A token is printable ASCII without spaces, {MAX} characters at most."
    else:
        return token
    raise ValidationError({"token": message})
