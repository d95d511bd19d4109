"""The operators' pages of affiliate offers."""

from offers.admin import naming
from offers.admin.affiliates import AffiliateAdmin
from offers.admin.conversions import ConversionAdmin
from offers.admin.goals import GoalAdmin
from offers.admin.offers import OfferAdmin
from offers.admin.postbacks import PostbackAdmin

__all__ = ["AffiliateAdmin", "ConversionAdmin", "GoalAdmin", "OfferAdmin", "PostbackAdmin"]

naming.register()
