"""The shipped roles, as people: what each may do and what not."""

from __future__ import annotations

import factories
import ledger
import pytest
from api_client import Api
from django.contrib.auth.models import Group, User

from config import roles
from dispatcher.models import ApiToken

ROLES = ("Administrator", "Operator", "Viewer", "Developer")


def somebody(role, **values):
    user = User.objects.create_user(f"a-{role.lower()}", is_staff=True, **values)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def customer(db):
    return factories.customer()


@pytest.mark.parametrize(
    ("right", "who"),
    [
        ("dispatcher.view_delivery", {"Administrator", "Operator", "Viewer", "Developer"}),
        ("postbacks.view_template", {"Administrator", "Operator", "Viewer", "Developer"}),
        ("postbacks.change_template", {"Administrator", "Operator"}),
        ("postbacks.delete_customer", {"Administrator", "Operator"}),
        ("dispatcher.change_delivery", {"Administrator", "Operator"}),
        ("dispatcher.change_destination", {"Administrator", "Operator"}),
        ("dispatcher.delete_event", {"Administrator"}),
        ("dispatcher.view_apitoken", {"Administrator", "Developer"}),
        ("dispatcher.add_apitoken", {"Administrator", "Developer"}),
        ("auth.view_user", {"Administrator"}),
        ("auth.change_group", {"Administrator"}),
        ("sessions.view_session", set()),
    ],
)
def test_who_has_which_right(db, right, who):
    assert {role for role in ROLES if somebody(role).has_perm(right)} == who


def test_a_role_that_was_changed_is_put_right_by_migrating(db):
    group = Group.objects.get(name="Viewer")
    before = set(group.permissions.values_list("codename", flat=True))
    group.permissions.clear()

    roles.keep()

    assert set(group.permissions.values_list("codename", flat=True)) == before


@pytest.mark.parametrize(
    ("role", "read", "change"),
    [("Operator", 200, 201), ("Viewer", 200, 403), ("Developer", 200, 403)],
)
def test_a_token_can_do_no_more_than_its_owner(db, role, read, change):
    api = Api(owner=somebody(role))

    assert api.get("customers/").status_code == read
    assert api.post("customers/", {"name": "Shop"}).status_code == change


def test_a_token_loses_what_its_owner_loses(db):
    user = somebody("Operator")
    api = Api(owner=user)
    user.groups.clear()

    answer = api.get("customers/")

    assert answer.status_code == 403
    assert "owner of this token has no right" in answer.json()["detail"]


def test_a_token_that_emits_sends_nothing_again_once_its_owner_lost_the_right(db):
    ledger.trigger()
    path = f"deliveries/{ledger.delivery(1, state='failed').uid}/resend/"
    user = somebody("Developer")
    api = Api("emit", owner=user)
    user.groups.clear()

    refused = [api.post(path, {}), api.post("deliveries/resend/", {"is_test": False})]
    user.groups.add(Group.objects.get(name="Developer"))

    assert [one.status_code for one in refused] == [403, 403]
    assert "owner of this token has no right" in refused[0].json()["detail"]
    assert api.post(path, {}).status_code == 202


def test_it_goes_on_reporting_events_while_its_owner_is_active(customer):
    api = Api("emit", owner=User.objects.create_user("shop"))
    body = {"type": "order_shipped", "customer": customer.reference_id, "payload": {}}

    assert api.post("order-events/", body).status_code == 202
    User.objects.update(is_active=False)
    assert api.post("order-events/", body).status_code == 401


def test_a_developer_makes_tokens_of_their_own_and_sees_no_others(client, customer):
    ApiToken.objects.create_key(name="Of somebody else", owner=factories.operator())
    developer = somebody("Developer")
    client.force_login(developer)

    body = {"name": "Mine", "owner": developer.pk, "scopes": ["emit", "read"]}
    client.post("/admin/dispatcher/apitoken/add/", body)
    listed = client.get("/admin/dispatcher/apitoken/").content.decode()

    assert ApiToken.objects.filter(owner=developer).exists()
    assert "Of somebody else" not in listed


def test_a_developer_cannot_make_a_token_that_changes_the_configuration(client, customer):
    developer = somebody("Developer")
    client.force_login(developer)

    body = {"name": "More", "owner": developer.pk, "scopes": ["configure"]}
    page = client.post("/admin/dispatcher/apitoken/add/", body).content.decode()

    assert "Choose among those that are offered." in page
    assert not ApiToken.objects.exists()


def test_a_developer_is_offered_what_a_token_of_theirs_can_have_and_told_why_no_more(client, db):
    roles.keep()
    client.force_login(somebody("Developer"))

    page = client.get("/admin/dispatcher/apitoken/add/").content.decode()

    assert ('value="emit"' in page, 'value="read"' in page) == (True, True)
    assert 'value="configure"' not in page
    assert "You have no right to “Change the configuration, send again” yourself" in page


def test_whoever_may_do_everything_is_offered_every_scope(client, db):
    client.force_login(factories.operator())

    page = client.get("/admin/dispatcher/apitoken/add/").content.decode()

    assert 'value="configure"' in page
    assert "You have no right to" not in page


def test_a_developer_cannot_make_a_token_of_somebody_else(client, customer):
    other = factories.operator()
    client.force_login(somebody("Developer"))

    body = {"name": "Theirs", "owner": other.pk, "scopes": ["emit"]}
    client.post("/admin/dispatcher/apitoken/add/", body)

    assert not ApiToken.objects.exists()


def test_an_administrator_cannot_become_or_change_a_superuser(client, customer):
    boss = factories.operator(username="boss")
    administrator = somebody("Administrator")
    client.force_login(administrator)

    page = f"/admin/auth/user/{administrator.pk}/change/"
    body = {"username": administrator.username, "is_active": "on", "is_staff": "on"}
    client.post(page, body | {"is_superuser": "on"})
    answer = client.post(f"/admin/auth/user/{boss.pk}/password/", {"usable_password": "false"})

    administrator.refresh_from_db()
    assert not administrator.is_superuser
    assert answer.status_code == 403
