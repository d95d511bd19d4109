from __future__ import annotations

from datetime import timedelta

import pytest
from api_client import Api, developer, problem
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dispatcher.api.authentication import find_caller
from dispatcher.models import ApiToken

MOMENT = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def test_a_token_is_found_with_one_query():
    api = Api("read", owner=developer())

    with CaptureQueriesContext(connection ) as queries:  # fmt: skip
        caller = find_caller(api.token)

    assert caller.scopes == {"read"}
    assert len(queries) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(
            lambda token: get_user_model().objects.update(is_active=False), id="owner-inactive"
        ),
        pytest.param(lambda token: ApiToken.objects.update(revoked=True), id="revoked"),
        pytest.param(
            lambda token: ApiToken.objects.update(expiry_date=timezone.now() - MOMENT),
            id="expired",
        ),
        pytest.param(lambda token: ApiToken.objects.all().delete(), id="deleted"),
    ],
)
def test_a_token_that_is_no_longer_valid_is_refused(spoil):
    api = Api()
    spoil(ApiToken.objects.get())

    response = api.get("events/")

    problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x.y", "Basic YTpi", "Bearer " + "a" * 8 + "." + "b" * 32, "Bearer \xff"],
    ids=["none", "empty", "short", "basic", "unknown", "not-ascii"],
)
def test_whoever_has_no_token_is_told_what_to_send(header):
    document = problem(Api(token="").get("events/", Authorization=header), 401)

    assert "oken" in document["detail"]


def test_a_wrong_secret_behind_a_known_prefix_is_refused():
    api = Api()

    problem(Api(token=api.token[:-1] + "~").get("events/"), 401)


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("emit", "GET", "events/", 403),
        ("emit", "GET", "customers/", 403),
        ("read", "GET", "customers/", 200),
        ("configure", "GET", "customers/", 200),
        ("read", "POST", "customers/", 403),
        ("read", "POST", "order-events/", 403),
        ("configure", "POST", "order-events/batch/", 403),
        ("read", "POST", "deliveries/resend/", 403),
        ("read", "POST", "templates/render/", 403),
        ("read", "POST", "triggers/1/test/", 403),
        ("configure", "GET", "deliveries/", 403),
    ],
)
def test_a_scope_opens_what_it_names_and_nothing_else(scope, method, path, status):
    response = Api(scope).request(method, path)

    assert response.status_code == status
    if status == 403:
        assert "scope" in problem(response, 403)["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/api/v1/nothing/", 404, "nothing at this address"),
        ("GET", "/api/nothing", 404, "nothing"),
        ("POST", "/api/v1/order-events", 404, "End the address with a slash"),
        ("GET", "/api/v1/order-events/", 405, "Use POST"),
        ("OPTIONS", "/api/v1/events/", 405, "Use GET"),
        ("TRACE", "/api/v1/events/", 405, "Use GET"),
    ],
)
def test_every_error_under_api_is_a_problem(api, method, path, status, words):
    assert words in problem(api.request(method, path), status)["detail"]


def test_an_answer_in_another_form_than_json_is_not_to_be_had(api):
    problem(api.get("events/", Accept="text/html"), 406)


def test_a_body_in_another_form_than_json_is_refused(api):
    response = api.request("POST", "customers/", b"name=x", content_type="text/plain")

    assert "Content-Type" in problem(response, 415)["detail"]


def test_an_unexpected_error_shows_nothing_of_itself(api, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("dispatcher.api.representation.event", fail)
    monkeypatch.setattr("dispatcher.api.ledgers.EventViewSet.paginate_queryset", fail)
    api.client.raise_request_exception = False

    response = api.get("events/")

    problem(response, 500)
    assert b"secret" not in response.content
