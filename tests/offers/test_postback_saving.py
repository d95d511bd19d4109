"""Postbacks are saved with their secrets apart; blocking and switching off take effect."""

from __future__ import annotations

import base64

import factories
import offer_factories as make
import pytest

from dispatcher.configuration.errors import ChangedMeanwhileError, InUseError
from dispatcher.models import Delivery, OwnerHold, Route, Rule
from offers import services
from offers.models import Postback
from offers.routing import compile_postback

pytestmark = pytest.mark.django_db


def credentials(postback):
    return Rule.objects.get(pk=postback.rule_id).credentials


def authorization(postback):
    kind, _, value = credentials(postback).get("authorization", "").partition(" ")
    return kind, value


def pair(login, password):
    return base64.b64encode(f"{login}:{password}".encode()).decode()


def fire(postback):
    return make.conversion(offer=postback.offer, affiliate=postback.affiliate)


def test_a_postback_is_compiled_without_its_secrets():
    postback = make.postback(
        http_type="post_form",
        params=[{"name": "sum", "value": "{payout}"}],
        headers=[
            {"name": "X-Plain", "value": "p"},
            {"name": "X-Key", "value": "k3y", "is_secret": True},
        ],
        delay=5,
    )

    arguments = compile_postback(postback)

    assert arguments["spec"] == {
        "method": "POST", "encoding": "form", "url": make.URL, "params": [["sum", "{payout}"]],
        "headers": [["X-Plain", "p"]],
    }  # fmt: skip
    assert (arguments["transport"], arguments["delay"]) == ("callback", 5)
    assert len(arguments["retry_policy"]["delays"]) == 7
    assert credentials(postback)["headers"] == [["X-Key", "k3y"]]


@pytest.mark.parametrize(
    ("values", "secrets", "expected"),
    [
        pytest.param(
            {"auth_kind": "basic", "auth_login": "club"}, {"password": "pä:ss"},
            ("Basic", pair("club", "pä:ss")), id="basic",
        ),
        pytest.param({"auth_kind": "basic_token"}, {"token": "abc=="}, ("Basic", "abc=="),
                     id="token"),
        pytest.param({"auth_kind": "bearer"}, {"token": "abc"}, ("Bearer", "abc"), id="bearer"),
        pytest.param({"auth_kind": "none"}, {"token": "abc"}, ("", ""), id="none"),
    ],
)  # fmt: skip
def test_authorization_is_made_of_what_is_entered(values, secrets, expected):
    assert authorization(make.postback(**values, **secrets)) == expected


def test_what_is_not_typed_again_is_kept_and_another_login_keeps_the_password():
    postback = make.postback(auth_kind="basic", auth_login="one", password="pass")

    postback.auth_login = "two"
    services.save_postback(postback=postback)

    assert authorization(postback) == ("Basic", pair("two", "pass"))


def test_another_kind_of_authorization_needs_its_own_secret(refused):
    postback = make.postback(auth_kind="basic", auth_login="one", password="pass")

    postback.auth_kind = "bearer"
    with refused(token="Give the token"):
        services.save_postback(postback=postback)

    postback.auth_kind = "none"
    services.save_postback(postback=postback)
    assert authorization(postback) == ("", "")
    assert postback.auth_login == ""


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"affiliate": None, "offer": None}, "__all__", "Choose an affiliate, an offer"),
        ({"delay": 31 * 24 * 3600}, "delay", "30 days"),
        ({"url": ""}, "url", "Give the URL"),
        ({"url": "https://x.example/{clik_id}"}, "url", "click_id"),
        ({"auth_kind": "basic"}, "password", "Give the password"),
        ({"auth_kind": "basic", "auth_login": "a:b", "password": "x"}, "auth_login", "colon"),
        ({"params": [{"name": "a", "value": "x" * 2_000_000}]}, "params", "4096"),
        ({"http_type": "put"}, "http_type", "Choose one of"),
    ],
)
def test_bad_configuration_is_refused_beside_its_field(values, field, words, refused):
    with refused(**{field: words}):
        make.postback(**values)


def test_a_goal_of_another_offer_is_refused(refused):
    with refused(goal="of another offer"):
        make.postback(goal=make.goal())


def test_no_secret_is_in_any_history_row():
    postback = make.postback(
        auth_kind="basic", auth_login="club", password="s3cret",
        headers=[{"name": "X-Key", "value": "k3y", "is_secret": True}],
    )  # fmt: skip
    postback.delay = 5
    services.save_postback(postback=postback, password="n3w", by=factories.operator())

    rows = str(list(Postback.history.values())) + str(list(Route.objects.values()))

    assert not any(secret in rows for secret in ("s3cret", "n3w", "k3y"))


def test_the_goal_is_kept_while_enabled_goals_is_off():
    goal = make.goal()
    postback = make.postback(offer=goal.offer, goal=goal)
    for enabled in (True, False, True):
        goal.offer.enabled_goals = enabled
        services.save_offer(offer=goal.offer)

    postback.refresh_from_db()

    assert postback.goal == goal


def test_of_two_who_save_at_once_the_second_is_told():
    postback = make.postback()
    seen = Postback.objects.get(pk=postback.pk)
    services.save_postback(postback=postback)

    with pytest.raises(ChangedMeanwhileError):
        services.save_postback(postback=seen)


def test_switched_off_what_waits_is_held_and_nothing_new_is_made():
    postback = make.postback()
    fire(postback)

    services.set_postback_active(postback=postback, is_active=False)
    fire(postback)

    assert Rule.objects.get(pk=postback.rule_id).state == "paused"
    assert Delivery.objects.count() == 1
    services.set_postback_active(postback=postback, is_active=True)
    assert Rule.objects.get(pk=postback.rule_id).state == "active"


@pytest.mark.parametrize("how", ["button", "form"])
def test_blocking_an_affiliate_holds_what_waits_at_once(how, run_pass):
    postback = make.postback()
    fire(postback)
    if how == "button":
        services.set_affiliate_status(affiliate=postback.affiliate, status="blocked")
    else:
        postback.affiliate.status = "blocked"
        services.save_affiliate(affiliate=postback.affiliate)

    run_pass()

    assert Delivery.objects.get().attempts_made == 0
    assert OwnerHold.objects.get().pk == postback.affiliate.owner
    services.set_affiliate_status(affiliate=postback.affiliate, status="active")
    assert not OwnerHold.objects.exists()


def test_deleting_a_postback_cancels_what_waits():
    postback = make.postback()
    fire(postback)

    assert services.delete_postback(postback=postback) == 1

    assert Delivery.objects.get().state == "canceled"


@pytest.mark.parametrize("what", ["affiliate", "offer", "goal"])
def test_what_conversions_name_is_not_deleted(what):
    goal = make.goal()
    conversion = make.conversion(offer=goal.offer, goal=goal)
    delete = getattr(services, f"delete_{what}")

    with pytest.raises(InUseError):
        delete(**{what: getattr(conversion, what)})


def test_an_offer_without_conversions_goes_with_its_goals():
    goal = make.goal()

    services.delete_offer(offer=goal.offer)

    assert not type(goal).objects.exists()


def test_references_are_made_from_names_and_never_twice():
    made = [make.offer(name="Café Crème: Autumn", reference_id="") for _ in range(2)]

    assert [one.reference_id for one in made] == ["café-crème-autumn", "café-crème-autumn-2"]


def test_a_user_belongs_to_one_affiliate_and_no_operator_to_any(refused):
    user, affiliate = make.affiliate_user(), make.affiliate()

    with refused(user="Remove them there first"):
        services.add_user(affiliate=affiliate, user=user)
    with refused(user="is an operator"):
        services.add_user(affiliate=affiliate, user=factories.operator())
    services.remove_user(affiliate=user.membership.affiliate, user=user)
    services.add_user(affiliate=affiliate, user=user)
    assert list(affiliate.users.all()) == [user]
