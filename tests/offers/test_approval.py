"""What affiliates save themselves waits for an operator, where one wants to look at it."""

from __future__ import annotations

import factories
import offer_factories as make
import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.models import Rule
from offers import notices, services
from offers.models import Postback, PostbackEdit

pytestmark = pytest.mark.django_db
NEW = "https://affiliate.example/new?c={click_id}"


@pytest.fixture
def affiliate():
    return make.affiliate(requires_approval=True, email="club@affiliate.example")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch, settings):
    """E-mails are sent in the test's own thread, once its transaction would be committed."""
    settings.OFFERS_OPERATOR_EMAILS = ["operator@here.example"]
    monkeypatch.setattr(notices, "_start", notices._send)


def submit(affiliate, postback=None, **values):
    postback = postback or Postback(offer=make.offer(), url=make.URL, conversion_status="any")
    secrets = {name: values.pop(name) for name in ("password", "token") if name in values}
    for name, value in values.items():
        setattr(postback, name, value)
    return services.submit_postback(postback=postback, affiliate=affiliate, **secrets)


def live(postback):
    return Postback.objects.get(pk=postback.pk)


def fires(postback):
    emitted = services.create_conversion(
        item=make.item(offer=postback.offer, affiliate=postback.affiliate)
    ).emitted
    return len(emitted.deliveries)


def test_a_new_one_waits_then_fires_once_approved(affiliate, django_capture_on_commit_callbacks):
    operator = factories.operator()
    with django_capture_on_commit_callbacks(execute=True):
        postback = submit(affiliate).postback
    assert (postback.approval, fires(postback)) == ("pending", 0)

    with django_capture_on_commit_callbacks(execute=True):
        services.approve_postback(postback=live(postback), note="Welcome", by=operator)

    approved = live(postback)
    assert (approved.approval, approved.decided_by, fires(postback)) == ("approved", operator, 1)
    assert [one.to for one in mail.outbox] == [
        ["operator@here.example"], ["club@affiliate.example"],
    ]  # fmt: skip
    assert "Welcome" in mail.outbox[1].body


def test_a_rejected_one_never_fires_and_waits_again_when_it_was_changed(affiliate):
    postback = submit(affiliate).postback
    services.reject_postback(postback=live(postback), note="Use https.")

    assert (live(postback).approval, live(postback).approval_note) == ("rejected", "Use https.")
    assert fires(postback) == 0
    submit(affiliate, live(postback), url=NEW)
    assert (live(postback).approval, live(postback).approval_note) == ("pending", "")


def test_an_edit_waits_while_the_approved_version_stays_live(affiliate):
    postback = make.postback(affiliate=affiliate)
    route = Rule.objects.get(pk=postback.rule_id).route

    submitted = submit(affiliate, live(postback), url=NEW, delay=60)

    assert submitted.edit.state == "pending"
    assert (live(postback).url, live(postback).delay) == (make.URL, 0)
    assert Rule.objects.get(pk=postback.rule_id).route == route
    assert services.preview_edit(submitted.edit).url == NEW
    assert list(services.waiting_for_approval()) == [postback]

    services.approve_postback(postback=live(postback))

    assert (live(postback).url, live(postback).delay) == (NEW, 60)
    assert Rule.objects.get(pk=postback.rule_id).route.spec["url"] == NEW
    assert not PostbackEdit.objects.exists()


def test_a_rejected_edit_leaves_the_approved_version_and_its_note(affiliate):
    postback = make.postback(affiliate=affiliate)
    submit(affiliate, live(postback), url=NEW)

    services.reject_postback(postback=live(postback), note="Not that host.")

    edit = PostbackEdit.objects.get()
    assert (edit.state, edit.note) == ("rejected", "Not that host.")
    assert (live(postback).approval, live(postback).url, fires(postback)) == (
        "approved", make.URL, 1,
    )  # fmt: skip
    with pytest.raises(ValidationError, match="Nothing waits"):
        services.approve_postback(postback=live(postback))


def test_secrets_of_an_edit_are_used_from_its_approval_on_and_in_no_row(affiliate):
    postback = make.postback(affiliate=affiliate, auth_kind="bearer", token="old")
    submit(affiliate, live(postback), token="n3w-token")

    assert Rule.objects.get(pk=postback.rule_id).credentials == {"authorization": "Bearer old"}
    assert "n3w-token" not in str(PostbackEdit.objects.get().content)
    services.approve_postback(postback=live(postback))
    assert Rule.objects.get(pk=postback.rule_id).credentials == {
        "authorization": "Bearer n3w-token"
    }


def test_switching_off_needs_no_approval(affiliate):
    postback = make.postback(affiliate=affiliate)

    submitted = submit(affiliate, live(postback), is_active=False)

    assert submitted.edit is None
    assert not live(postback).is_active


def test_an_edit_without_a_difference_leaves_nothing_to_decide(affiliate):
    postback = make.postback(affiliate=affiliate)
    submit(affiliate, live(postback), url=NEW)

    submit(affiliate, live(postback), url=make.URL)

    assert not PostbackEdit.objects.exists()


def test_without_approval_an_edit_is_live_at_once():
    affiliate = make.affiliate()
    postback = make.postback(affiliate=affiliate)

    submit(affiliate, live(postback), url=NEW)

    assert live(postback).url == NEW


def test_the_setting_holds_for_affiliates_without_a_choice_of_their_own(settings):
    settings.OFFERS_REQUIRE_APPROVAL = True

    assert submit(make.affiliate()).postback.approval == "pending"
    assert submit(make.affiliate(requires_approval=False)).postback.approval == "approved"


def test_another_affiliates_postback_cannot_be_submitted(affiliate):
    other = make.postback()

    with pytest.raises(Postback.DoesNotExist):
        submit(affiliate, live(other), url=NEW)
    assert live(other).url == make.URL


def test_an_offer_that_it_does_not_see_is_refused(affiliate, refused):
    with refused(offer="no such offer"):
        submit(affiliate, offer=make.offer(is_open=False))
    offer = make.offer(is_open=False, affiliates=[affiliate])
    assert submit(affiliate, offer=offer).postback.pk


@pytest.mark.parametrize(
    "values",
    [
        {"url": "https://x.example/?r={revenue}"},
        {"params": [{"name": "r", "value": "{_revenue}"}]},
        {"headers": [{"name": "X-R", "value": "{revenue}", "is_secret": False}]},
    ],
    ids=["url", "params", "headers"],
)
def test_what_the_network_earns_is_no_macro_for_an_affiliate(affiliate, values, refused):
    [field] = values
    with refused(**{field: "Did you mean {payout}?"}):
        submit(affiliate, **values)
    make.postback(affiliate=affiliate, **values)  # an operator may


def test_a_stored_password_does_not_go_to_another_host_untyped(refused):
    affiliate = make.affiliate()
    postback = make.postback(
        affiliate=affiliate, auth_kind="basic", auth_login="a", password="operators"
    )
    elsewhere = "https://collector.example/"

    with refused(url="give the password"):
        submit(affiliate, live(postback), url=elsewhere)
    submit(affiliate, live(postback), url=elsewhere, password="own")
    assert live(postback).url == elsewhere


@pytest.mark.parametrize("decide", [services.approve_postback, services.reject_postback])
def test_what_was_submitted_after_the_operator_looked_is_not_decided_on(affiliate, decide):
    postback = make.postback(affiliate=affiliate)
    submit(affiliate, live(postback), url=NEW)
    seen = services.waiting_since(live(postback))
    submit(affiliate, live(postback), url="https://elsewhere.example/")

    with pytest.raises(ChangedMeanwhileError):
        decide(postback=live(postback), seen=seen)

    decide(postback=live(postback), seen=services.waiting_since(live(postback)))
    assert not services.waiting_for_approval()


def test_an_edit_can_be_withdrawn(affiliate):
    postback = make.postback(affiliate=affiliate)
    submit(affiliate, live(postback), url=NEW)

    assert services.withdraw_edit(postback=postback)
    assert not services.withdraw_edit(postback=postback)
