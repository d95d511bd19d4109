"""Affiliate offers over the API (spec section 6)."""
