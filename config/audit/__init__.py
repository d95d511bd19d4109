"""Who changed what, when, from what to what: all histories as one list."""
