"""Everything that can be asked for, found from the resolver, the registry and the router."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib import admin
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

from config.api import calls as api_calls

ADMIN = "admin/"
API = "api/v1/"
KINDS = {"changelist", "add", "change", "delete", "history", "simple_history"}
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Found:
    """One address: its name, the label of the model whose rows it is about, its parts."""

    name: str
    patterns: tuple = field(repr=False)
    callback: object = field(repr=False)

    @property
    def route(self):
        return "".join(str(pattern) for pattern in self.patterns)

    @property
    def label(self):
        """The model of an admin's page, as the address says it; "" where there is none."""
        parts = self.route.split("/")
        label = ".".join(parts[1:3])
        return label if self.route.startswith(ADMIN) and label in LABELS else ""

    @property
    def kind(self):
        """The kind of page, where it is one that every model has; else ""."""
        if not self.label:
            return ""
        if self.name == "admin:None":
            return "short"
        kind = self.name.removeprefix(f"admin:{self.label.replace('.', '_')}_")
        return kind if kind in KINDS else ""

    @property
    def key(self):
        """What the table calls it: its name, or what stands for one that has none."""
        last = self.route.rpartition("/")[2] or self.route
        unnamed = {"": "start", "(?P<url>.*)$": "admin:nowhere"}
        return unnamed.get(last, self.name) if self.name.endswith("None") else self.name

    def address(self, value):
        """The address with `value(name)` for each part that is to be filled in."""
        route = "/"
        for pattern in self.patterns:
            route += _filled(pattern, value)
        return route


LABELS = {model._meta.label_lower for model in admin.site._registry}


def _filled(pattern, value):
    text = str(pattern)
    if not isinstance(pattern, RoutePattern):  # a regular expression: its groups by name or number
        return _without_groups(text, value)
    for name, converter in pattern.converters.items():
        whole = next(part for part in _parts(text) if part.endswith((f":{name}>", f"<{name}>")))
        text = text.replace(whole, str(converter.to_url(value(name))))
    return text


def _parts(text):
    return [f"<{one.partition('>')[0]}>" for one in text.split("<")[1:]]


def _without_groups(text, value):
    filled, rest, number = "", text.removeprefix("^").removesuffix("$"), 0
    while "(" in rest:
        before, _, rest = rest.partition("(")
        depth, end = 1, 0
        while depth:
            depth += {"(": 1, ")": -1}.get(rest[end], 0)
            end += 1
        group, rest = rest[: end - 1], rest[end:]
        name = group[3:].partition(">")[0] if group.startswith("?P<") else f"group{number}"
        number += 1
        filled += before + str(value(name))
    return filled + rest


def _walk(patterns, above=(), space=""):
    for one in patterns:
        here = (*above, one.pattern)
        if isinstance(one, URLPattern):
            yield Found(f"{space}{one.name}", here, one.callback)
        else:
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from _walk(one.url_patterns, here, inner)


def everything():
    """Every address of the service."""
    return list(_walk(get_resolver().url_patterns))


def pages():
    """Every address that is not a call of the API."""
    return [one for one in everything() if not one.route.startswith(API)]


def calls():
    """Every call of the API: (method, address)."""
    found = [one for one in everything() if one.route.startswith(API)]
    assert len(found) == len(api_calls)
    return [(method.upper(), one) for one in found for method in _methods(one.callback)]


def _methods(callback):
    if hasattr(callback, "actions"):
        return [method for method in METHODS if method in callback.actions]
    return [method for method in METHODS if hasattr(callback.view_class, method)]


def actions():
    """Every action of every list, those that Django adds to all included: (label, name)."""
    for model, model_admin in admin.site._registry.items():
        for _, name, _ in model_admin._get_base_actions():
            yield model._meta.label_lower, name
