"""Lookups: what their tables may hold, the files they come from, and how templates ask them."""
