"""Texts as long as people, shops and receivers may make them, without a place to break."""

from __future__ import annotations

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from dispatcher.models import Attempt, Event, Request, Rule
from notifications.models import Channel, Contact, Order
from offers.models import Affiliate, Conversion, Goal, Offer, Postback
from postbacks.models import Customer, LookupRow, LookupTable, Template, Trigger

NAMED = (Affiliate, Channel, Contact, Customer, Goal, LookupTable, Offer, Rule, Template, Trigger)
LONG = "long" * 25
URL = f"https://example.com/{'path/' * 60}"


def lengthen():
    """Make the texts of every row long; names stay different from each other."""
    name = Concat(Value(f"{LONG} "), Cast(F("pk"), CharField()), output_field=CharField())
    for model in NAMED:
        model.objects.update(name=name)
    for model in (Customer, LookupTable, Offer):
        model.objects.update(description=LONG * 3)
    for model in (Trigger, Request, Postback):
        model.objects.exclude(url="").update(url=URL)
    LookupRow.objects.update(value=LONG * 10)
    Conversion.objects.update(transaction_id=name, click_id=LONG * 2, sub_id1=LONG * 2)
    Order.objects.update(number=LONG)
    Event.objects.update(subject=LONG * 2)
    Attempt.objects.update(body=LONG * 5, error=LONG * 5)
