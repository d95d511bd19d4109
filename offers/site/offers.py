"""The offers that are open to the affiliate, with their goals."""

from __future__ import annotations

from django.db.models import Count, Prefetch, Q
from django.http import HttpResponse

from offers.models import Goal, Offer, Postback
from offers.site.access import Visit
from offers.site.paging import page, rows_of
from offers.site.wording import edit_of, edit_standing, postback_standing

POSTBACKS_SHOWN = 100


def offers(visit: Visit) -> HttpResponse:
    found = visit.own(Offer)
    search = visit.request.GET.get("q", "").strip()[:100].replace("\x00", "")
    if search:
        found = found.filter(Q(name__icontains=search) | Q(reference_id__icontains=search))
    goals = Prefetch("goals", Goal.objects.order_by("-is_default", "name"))
    shown = page(visit.request, rows_of(found.prefetch_related(goals)), size=25)
    mine = visit.own(Postback).filter(offer__in=[row.pk for row in shown.rows])
    counts = dict(mine.values_list("offer").annotate(Count("pk")))
    rows = [(row, counts.get(row.pk, 0)) for row in shown.rows]
    return visit.render("offers", {"page": shown, "rows": rows, "search": search})


def offer(visit: Visit, offer: int) -> HttpResponse:
    found = visit.find(Offer, offer)
    mine = visit.own(Postback).filter(Q(offer=found) | Q(offer=None))
    related = mine.select_related("rule", "goal", "offer", "edit").order_by("-pk")
    rows = [
        (row, postback_standing(row), edit_standing(edit_of(row)))
        for row in related[:POSTBACKS_SHOWN]
    ]
    goals = found.goals.order_by("-is_default", "name")
    return visit.render("offer", {"offer": found, "goals": goals, "rows": rows})
