"""What a person proves to be themselves with, besides the password."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from dispatcher.fields import EncryptedTextField


class SecondFactor(models.Model):
    """The authenticator app of one person (RFC 6238), and the codes for when it is lost.

    Not in use before `confirmed_at` is set: until then the person never showed that it works.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor"
    )
    key = EncryptedTextField(help_text="Base32.")
    last_step = models.BigIntegerField(
        default=-1, help_text="Time step of the last code that was taken: none is taken twice."
    )
    recovery_hashes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Second factor of {self.user}"
