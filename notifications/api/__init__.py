"""The API of system notifications (spec section 6)."""
