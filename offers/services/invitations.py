"""People who look after an affiliate: invited, and helped when they forgot their password."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from dispatcher.configuration.saving import Author, known
from offers import notices
from offers.models import Affiliate, Membership
from offers.services.affiliates import add_user

MAX_EMAIL = 150  # it becomes the user name


@transaction.atomic
def invite_user(
    *, affiliate: Affiliate, email: str, name: str = "", by: Author = None
) -> Membership:
    """Make a user who logs in with this address, and send a link to choose a password.

    One who was invited before is sent another link. Where no e-mail can be sent
    (`notices.can_tell`), hand them what `link_to_choose` gives. Raises ValidationError on
    `email`, also for somebody who belongs to another affiliate or is an operator.
    """
    email = email.strip()
    _check_email(email)
    user = User.objects.filter(username__iexact=email).first()
    if user is None:
        first, _, last = name.strip().partition(" ")
        user = User(username=email, email=email, first_name=first[:150], last_name=last[:150])
        user.set_unusable_password()
        user.save()
    try:
        membership = add_user(affiliate=affiliate, user=user)
    except ValidationError as error:
        raise ValidationError({"email": error.messages}) from None
    who = known(by)
    context = {"affiliate": affiliate, "by": who.get_full_name() if who else ""}
    _send(user, "invitation", f"Your account at {settings.BASE_URL}/affiliates/", context)
    return membership


def _check_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise ValidationError({"email": "Give an e-mail address, as anna@example.com."}) from None
    if len(email) > MAX_EMAIL:
        raise ValidationError({"email": f"Give an address of at most {MAX_EMAIL} characters."})


def tell_how_to_reset(user: User) -> None:
    """Send a link that lets this user choose a new password."""
    _send(user, "password_reset", "Choose a new password", {})


def tell_of_new_address(user: User, before: str) -> None:
    """Tell the former address that another one is the account's now."""
    context = {"user": user, "email": user.email}
    text = render_to_string("affiliates/mail/new_address.txt", context)
    notices.tell([before], "The e-mail address of your account was changed", text)


def _send(user: User, template: str, subject: str, context: dict[str, object]) -> None:
    days = settings.PASSWORD_RESET_TIMEOUT // 86_400
    shared = {"user": user, "link": link_to_choose(user), "days": days, "site": _site()}
    text = render_to_string(f"affiliates/mail/{template}.txt", shared | context)
    notices.tell([user.email], subject, text)


def link_to_choose(user: User) -> str:
    """Where this user chooses a password: good once, for some days, and for whoever has it.

    Made from the setting, never from a request's host.
    """
    key = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    path = reverse("affiliates:password_choose", kwargs={"uidb64": key, "token": token})
    return f"{settings.BASE_URL}{path}"


def _site() -> str:
    return f"{settings.BASE_URL}{reverse('affiliates:overview')}"
