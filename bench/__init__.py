"""Measures speed (`make bench`) and survival (`make chaos`) with real processes on this machine."""
