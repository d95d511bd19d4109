"""Pressing what is on the admin pages of offers, and what they then say."""

from __future__ import annotations

import offer_factories as make
from django.urls import reverse

from dispatcher.services import pause_rule


def press(console, name, row, **data):
    return console.post(reverse(f"admin:offers_{name}", args=[row.pk]), data, follow=True)


def said(response):
    return " ".join(str(message) for message in response.context["messages"])


def paused_with_one_held():
    offer, affiliate = make.offer(), make.affiliate()
    made = make.postback(offer=offer, affiliate=affiliate)
    pause_rule(made.rule_id, reason="10 deliveries failed, one after the other.")
    make.conversion(offer=offer, affiliate=affiliate)
    return made
