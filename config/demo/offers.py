"""Affiliates in the demo: an offer with two goals, postbacks, a user of the affiliates' site."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User

from offers import services
from offers.models import Affiliate, Goal, Offer, Postback

AFFILIATE_USER = "affiliate"
AFFILIATE = "coupon-club"
OFFER = "spring-sale"
GOALS = ("first-order", "newsletter")


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """A postback of the demo; `path` is of the sample receiver, and chooses how it answers."""

    path: str
    status: str
    goal: str = ""
    is_affiliates: bool = True
    others: dict[str, Any] = field(default_factory=dict)


_POSTBACKS = [
    _Wanted(path="/ok?click={click_id}&status={status:done=1,pending=0,rejected=-1}", status="any"),
    _Wanted(
        path="/flaky/1?goal={goal_reference}",
        status="done",
        goal="first-order",
        others={
            "http_type": Postback.HttpType.POST_JSON,
            "params": [
                {"name": "transaction", "value": "{transaction_id}"},
                {"name": "payout", "value": "{payout}"},
                {"name": "at", "value": "{updated:%Y-%m-%d %H:%M}"},
            ],
        },
    ),
    _Wanted(
        path="/ok?network=1&sum={sale_amount}",
        status="done",
        is_affiliates=False,
        others={
            "http_type": Postback.HttpType.POST_FORM,
            "params": [{"name": "affiliate", "value": "{affiliate_reference}"}],
        },
    ),
    _Wanted(
        path="/ok?fallback=1",
        status="any",
        is_affiliates=False,
        others={"only_if_nothing_more_specific": True},
    ),
]


def seed(*, receiver_url: str, password: str, by: User) -> None:
    """Make what is missing; what was changed since stays changed, except where it sends."""
    affiliate = _keep_affiliate(by)
    _keep_user(affiliate, password)
    offer, goals = _keep_offer(by)
    for wanted in _POSTBACKS:
        _keep_postback(wanted, affiliate, offer, goals, receiver_url, by)


def _keep_affiliate(by: User) -> Affiliate:
    affiliate = Affiliate.objects.filter(reference_id=AFFILIATE).first()
    if affiliate:
        return affiliate
    affiliate = Affiliate(name="Coupon Club", reference_id=AFFILIATE, requires_approval=True)
    return services.save_affiliate(affiliate=affiliate, by=by)


def _keep_user(affiliate: Affiliate, password: str) -> None:
    user, is_new = User.objects.get_or_create(
        username=AFFILIATE_USER, defaults={"email": "affiliate@example.com"}
    )
    if is_new or not user.check_password(password):
        user.set_password(password)
        user.save()
    if is_new:
        services.add_user(affiliate=affiliate, user=user)


def _keep_offer(by: User) -> tuple[Offer, dict[str, Goal]]:
    offer = Offer.objects.filter(reference_id=OFFER).first()
    if offer is None:
        offer = Offer(name="Spring sale", reference_id=OFFER, enabled_goals=True)
        services.save_offer(offer=offer, by=by)
        for number, reference in enumerate(GOALS):
            goal = Goal(
                offer=offer,
                name=reference.replace("-", " ").capitalize(),
                reference_id=reference,
                is_default=number == 0,
            )
            services.save_goal(goal=goal, by=by)
    return offer, {goal.reference_id: goal for goal in offer.goals.all()}


def _keep_postback(
    wanted: _Wanted,
    affiliate: Affiliate,
    offer: Offer,
    goals: dict[str, Goal],
    receiver_url: str,
    by: User,
) -> None:
    url = receiver_url + wanted.path
    found = Postback.objects.filter(offer=offer, url__endswith=wanted.path)
    postback = found.select_related("rule").first()
    if postback is None:
        postback = Postback(
            affiliate=affiliate if wanted.is_affiliates else None,
            offer=offer,
            goal=goals.get(wanted.goal),
            conversion_status=wanted.status,
            url=url,
            **wanted.others,
        )
        services.save_postback(postback=postback, by=by)
    elif postback.url != url and postback.url.startswith("http://127.0.0.1:"):
        postback.url = url  # the demo runs on another port this time
        services.save_postback(postback=postback, by=by)
