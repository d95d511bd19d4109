"""Conversions and orders, as many as there are deliveries or fewer, made by the database itself.

Without their events: what is measured is lists and pages of these tables.
"""

from __future__ import annotations

from django.db import connection

from offers import services
from offers.models import Affiliate, Goal, Offer

OFFERS, AFFILIATES = 40, 300
_SOME = "(random() * random() * {most})::int"  # a few are busy, most are not

_CONVERSIONS = f"""
WITH made AS (
    SELECT number, random() AS luck, {_SOME.format(most=OFFERS - 1)} AS offer,
        {_SOME.format(most=AFFILIATES - 1)} AS affiliate,
        now() - (%(count)s - number) * interval '180 days' / %(count)s AS at
    FROM generate_series(1, %(count)s) AS number
)
INSERT INTO offers_conversion (
    offer_id, goal_id, affiliate_id, status, transaction_id, click_id, sub_id1, sub_id2, sub_id3,
    sub_id4, sub_id5, payout, revenue, sale_amount, currency, source, country, ip, fingerprint,
    created_at, updated_at, status_changed_at
)
SELECT (%(offers)s::bigint[])[offer + 1], (%(goals)s::bigint[])[offer + 1],
    (%(affiliates)s::bigint[])[affiliate + 1],
    CASE WHEN luck < 0.9 THEN 'done' WHEN luck < 0.995 THEN 'rejected' ELSE 'pending' END,
    'T-' || number, 'c-' || md5(number::text), '', '', '', '', '', 12.5, 20, 99, 'EUR', 'search',
    'DE', NULL, md5(number::text), at, at, at
FROM made ORDER BY number
"""

_CONTACTS = """
INSERT INTO notifications_contact (
    reference, source, email, name, data, saved_at, customer_at, created_at, updated_at
)
SELECT 'C-' || number, 'shop', 'contact' || number || '@example.com', 'Contact ' || number, '{}',
    now(), now(), now(), now()
FROM generate_series(1, %(count)s / 3) AS number
"""

_ORDERS = """
WITH first AS (SELECT min(id) AS id FROM notifications_contact),
made AS (
    SELECT number, random() AS luck,
        now() - (%(count)s - number) * interval '180 days' / %(count)s AS at
    FROM generate_series(1, %(count)s) AS number
)
INSERT INTO notifications_order (
    reference, number, source, contact_id, email, items, data, context, placed_at, completed_at,
    complete_due_at, created_at, updated_at
)
SELECT 'SO-' || number, 'N' || number,
    CASE WHEN luck < 0.8 THEN 'shop' WHEN luck < 0.999 THEN 'funnel' ELSE 'admin' END,
    first.id + number %% (%(count)s / 3), 'contact' || number %% (%(count)s / 3) || '@example.com',
    '[{"sku": "POSTER-A2", "name": "Poster", "quantity": 2, "price": "35.50"}]',
    '{"total": "71.00", "currency": "EUR"}', '{}', at,
    CASE WHEN number < %(count)s - 40 THEN at END,
    CASE WHEN number >= %(count)s - 40 THEN now() + interval '10 minutes' END, at, at
FROM made, first ORDER BY number
"""


def fill_others(count: int) -> None:
    """So many conversions and so many orders."""
    offers = [_offer(number) for number in range(OFFERS)]
    affiliates = [_affiliate(number) for number in range(AFFILIATES)]
    values = {
        "count": count,
        "offers": [offer.pk for offer, _ in offers],
        "goals": [goal.pk for _, goal in offers],
        "affiliates": [affiliate.pk for affiliate in affiliates],
    }
    with connection.cursor() as cursor:
        for statement in (_CONVERSIONS, _CONTACTS, _ORDERS):
            cursor.execute(statement, values)


def _offer(number: int) -> tuple[Offer, Goal]:
    offer = services.save_offer(
        offer=Offer(name=f"Offer {number}", reference_id=f"offer-{number}", enabled_goals=True)
    )
    goal = Goal(offer=offer, name="First order", reference_id=f"goal-{number}", is_default=True)
    return offer, services.save_goal(goal=goal)


def _affiliate(number: int) -> Affiliate:
    affiliate = Affiliate(name=f"Affiliate {number}", reference_id=f"affiliate-{number}")
    return services.save_affiliate(affiliate=affiliate)
