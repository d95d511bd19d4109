"""The API of order postbacks (spec section 6)."""
