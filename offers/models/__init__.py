"""Who promotes what, what came of it, and who is told (spec section 3)."""

from offers.models.affiliates import Affiliate, Membership
from offers.models.conversions import Conversion, ConversionChange, ConversionStatus
from offers.models.imports import StatusImport
from offers.models.offers import Goal, Offer
from offers.models.postbacks import Postback, PostbackEdit

__all__ = [
    "Affiliate",
    "Conversion",
    "ConversionChange",
    "ConversionStatus",
    "Goal",
    "Membership",
    "Offer",
    "Postback",
    "PostbackEdit",
    "StatusImport",
]
