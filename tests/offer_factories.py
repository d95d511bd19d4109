"""Affiliates, offers and what belongs to them, made through the front door.

`import offer_factories as make` from any test. Each call makes a new row; give only what the test
is about.
"""

from __future__ import annotations

from itertools import count

from django.contrib.auth import get_user_model

from offers import services
from offers.models import Affiliate, Goal, Offer, Postback
from offers.services import NewConversion

NEW = object()
URL = "https://affiliate.example/callback?click={click_id}&status={status}"
HIDDEN = "https://other.example/secret-callback"  # a URL that an affiliate may not see

_number = count(1)


def affiliate(**values):
    """An active affiliate."""
    number = next(_number)
    values = {"name": f"Affiliate {number}", "reference_id": f"affiliate-{number}"} | values
    return services.save_affiliate(affiliate=Affiliate(**values))


def affiliate_user(of=None, **values):
    """A user who logs in to the affiliates' site, for this affiliate or one of its own."""
    user = get_user_model().objects.create_user(
        **{"username": f"affiliate-user-{next(_number)}", "password": "secret"} | values
    )
    services.add_user(affiliate=of or affiliate(), user=user)
    return user


def offer(*, affiliates=None, **values):
    """An active offer that is open to every affiliate."""
    number = next(_number)
    values = {"name": f"Offer {number}", "reference_id": f"offer-{number}"} | values
    return services.save_offer(offer=Offer(**values), affiliates=affiliates)


def goal(of=None, **values):
    """A goal of this offer, or of one of its own."""
    number = next(_number)
    values = {"name": f"Goal {number}", "reference_id": f"goal-{number}"} | values
    return services.save_goal(goal=Goal(offer=of or offer(), **values))


def postback(*, affiliate=NEW, offer=NEW, password=None, token=None, **values):  # noqa: A002, RUF100
    """An active, approved postback for any status of one affiliate on one offer (None: of all)."""
    made = Postback(
        affiliate=globals()["affiliate"]() if affiliate is NEW else affiliate,
        offer=globals()["offer"]() if offer is NEW else offer,
        **{"url": URL, "conversion_status": "any"} | values,
    )
    return services.save_postback(postback=made, password=password, token=token)


def item(*, offer, affiliate, goal=None, status="pending", transaction_id=None, **values):
    """A conversion as it is handed in."""
    return NewConversion(
        offer=offer.reference_id,
        affiliate=affiliate.reference_id,
        goal=goal.reference_id if goal else None,
        status=status,
        transaction_id=transaction_id or f"T-{next(_number)}",
        values={"click_id": "c-1"} | values,
    )


def conversion(*, offer=NEW, affiliate=NEW, **values):  # noqa: A002, RUF100
    """A stored conversion; its event has been emitted."""
    own = {
        "offer": globals()["offer"]() if offer is NEW else offer,
        "affiliate": globals()["affiliate"]() if affiliate is NEW else affiliate,
    }
    return services.create_conversion(item=item(**own, **values)).conversion
