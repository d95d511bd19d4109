"""The template and the payloads of the bench; a rendered document has about 1.5 KB."""

from __future__ import annotations

import json

BODY = """{"event": "Order Shipped", "orderId": "{{ orderId }}", "timestamp": "{{ created }}",
 "status": "{{ fulfillmentStatus }}", "note": "{{ note }}",
 "items": [{% for item in items %}{"reference": "{{ item.itemReferenceId }}",
   "product": "{{ item.productUid }}", "quantity": {{ item.quantity }},
   "codes": [{% for f in item.fulfillments %}"{{ f.trackingCode }}"{{ "," if not loop.last }}
     {% endfor %}]
  }{{ "," if not loop.last }}{% endfor %}]}"""


def payload(number: int) -> str:
    """An order whose rendered document is about 1.5 KB."""
    items = [
        {
            "itemReferenceId": f"item-{number}-{line}",
            "productUid": "apparel_product_gca_t-shirt_gsc_crewneck_gcu_unisex_gqa_classic",
            "quantity": line + 1,
            "fulfillments": [{"trackingCode": f"1Z999AA1012345{line:04d}"}],
        }
        for line in range(5)
    ]
    return json.dumps(
        {
            "orderId": f"PO-{number}",
            "created": "2026-11-21T09:00:00Z",
            "fulfillmentStatus": "shipped",
            "note": "Grüße “from” the <print> shop & co. " * 14,
            "items": items,
        }
    )
