"""Logging in: attempts counted and locked, and a second factor for those who set one up."""
