"""Filters of the affiliates' site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def item(mapping: Mapping[Any, Any], key: object) -> Any:
    """What a mapping has for this key; None without it."""
    return mapping.get(key)


@register.filter
def without(rule_name: str, affiliate: str) -> str:
    """A rule's name as the affiliate needs it: whose it is goes without saying."""
    return rule_name.removesuffix(f", {affiliate[:100]}")
