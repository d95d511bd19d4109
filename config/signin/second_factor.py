"""Setting up, asking for and taking away a second factor."""

from __future__ import annotations

import base64
import secrets
import time
from urllib.parse import quote

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django_otp.oath import TOTP

from config.signin.models import SecondFactor

Person = AbstractBaseUser | AnonymousUser

ISSUER = "Postbacks"
RECOVERY_CODES = 10
_KEY_BYTES = 20  # RFC 4226 section 4
_TOLERANCE = 1  # a code of the half minute before or after is taken as well


def is_set_up(user: Person) -> bool:
    """Whether this person is asked for a code after the password."""
    return SecondFactor.objects.filter(user=user.pk, confirmed_at__isnull=False).exists()


def begin(user: Person) -> SecondFactor:
    """The factor that this person is setting up: the same one until it is confirmed."""
    key = base64.b32encode(secrets.token_bytes(_KEY_BYTES)).decode()
    return SecondFactor.objects.get_or_create(user_id=int(user.pk or 0), defaults={"key": key})[0]


def address(factor: SecondFactor) -> str:
    """What the QR code holds: `otpauth://totp/…`, as authenticator apps read it."""
    label = quote(f"{ISSUER}:{factor.user.get_username()}")
    return f"otpauth://totp/{label}?secret={factor.key}&issuer={ISSUER}&digits=6&period=30"


def confirm(user: Person, code: str, *, here: str = "") -> list[str]:
    """Put the factor into use; the recovery codes, shown only now. Empty: the code is wrong.

    Every session of this person ends but the one with the key `here`: none stays in by the
    password alone.
    """
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user.pk).first()
        if factor is None or factor.confirmed_at or not _takes(factor, code):
            return []
        codes = [secrets.token_hex(5) for _ in range(RECOVERY_CODES)]
        factor.recovery_hashes = [make_password(one) for one in codes]
        factor.confirmed_at = timezone.now()
        factor.save()
        _end_sessions(user, but=here)
    return codes


def verify(user: Person, code: str) -> bool:
    """Whether this code is right; each counts once, recovery codes too."""
    code = "".join(code.split()).lower()
    with transaction.atomic():
        factor = (
            SecondFactor.objects.select_for_update()
            .filter(user=user.pk, confirmed_at__isnull=False)
            .first()
        )
        if factor is None or not (_takes(factor, code) or _uses_up(factor, code)):
            return False
        factor.save()
    return True


def remove(user: Person) -> None:
    """From now on the password alone is enough."""
    SecondFactor.objects.filter(user=user.pk).delete()


def _end_sessions(user: Person, *, but: str) -> None:
    """Whose a session is stands only inside it, so all that are open are read."""
    others = Session.objects.filter(expire_date__gt=timezone.now()).exclude(pk=but)
    theirs = [
        session.pk
        for session in others.iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(pk__in=theirs).delete()


def _takes(factor: SecondFactor, code: str) -> bool:
    if not (code.isascii() and code.isdigit()):
        return False
    totp = TOTP(base64.b32decode(factor.key))
    totp.time = time.time()
    if not totp.verify(int(code), tolerance=_TOLERANCE, min_t=factor.last_step + 1):
        return False
    factor.last_step = totp.t()
    return True


def _uses_up(factor: SecondFactor, code: str) -> bool:
    if len(code) != 10:  # no need to hash what cannot be one
        return False
    for hashed in factor.recovery_hashes:
        if check_password(code, hashed):
            factor.recovery_hashes = [one for one in factor.recovery_hashes if one != hashed]
            return True
    return False
