"""Calls the API as a developer does: with a token, and JSON."""

from __future__ import annotations

import json
from itertools import count

from django.contrib.auth import get_user_model
from django.test import Client

from dispatcher.models import ApiToken

ALL = ("emit", "read", "configure")
_number = count(1)


def developer(**values):
    """A user who owns tokens, and has every right: what limits a call is its token."""
    return get_user_model().objects.create_superuser(
        username=f"developer-{next(_number)}", **values
    )


class Api:
    """A caller with a token of its own. Bodies are objects, or bytes to be sent as they are."""

    root = "/api/v1/"

    def __init__(self, *scopes, owner=None, restricted_to="", token=None, **values):
        if token is None:
            _, token = ApiToken.objects.create_key(
                name="test",
                owner=owner or developer(),
                scopes=list(scopes or ALL),
                restricted_to=restricted_to,
                **values,
            )
        self.token = token
        self.client = Client()

    def get(self, path, query=None, **headers):
        return self.request("GET", path, query_params=query, **headers)

    def post(self, path, body=None, **headers):
        return self.request("POST", path, body, **headers)

    def put(self, path, body=None, **headers):
        return self.request("PUT", path, body, **headers)

    def patch(self, path, body=None, **headers):
        return self.request("PATCH", path, body, **headers)

    def delete(self, path, **headers):
        return self.request("DELETE", path, **headers)

    def request(self, method, path, body=b"", *, query_params=None, content_type=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named = {"Authorization": f"Bearer {self.token}"} | named
        data = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        return self.client.generic(
            method,
            path if path.startswith(("/", "http")) else self.root + path,
            data,
            content_type=content_type or "application/json",
            headers=named,
            query_params=query_params,
        )


def problem(response, status):
    """The problem document of this answer, which must be one of this status."""
    document = response.json()
    assert response.status_code == status, document
    assert response["Content-Type"] == "application/problem+json"
    assert document["status"] == status
    assert set(document) == {"type", "title", "status", "detail", "errors"}
    assert document["detail"]
    return document


def fields(document):
    """The names of the fields that a problem speaks of."""
    return [error["field"] for error in document["errors"]]
