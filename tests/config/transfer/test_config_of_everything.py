"""Offers and notifications in the configuration file: out, into nothing, and out again."""

from __future__ import annotations

import notification_factories as notifications
import offer_factories as offers
import pytest
import yaml
from command_line import config

from notifications import services as notification_services
from notifications.models import Attachment, Channel, MessageTemplate, SystemEvent
from offers.models import Affiliate, Goal, Offer, Postback

pytestmark = pytest.mark.django_db

SLACK = "https://hooks.slack.com/services/T0000000/B0000000/abcdefghijklmnopqrstuvwx"
SECRETS = {
    "CHANNELS_TEAM_SECRET_WEBHOOK": SLACK,
    "POSTBACKS_NORD_SHOES_SALE_DONE_TOKEN": "the-token-5Tq9",
    "POSTBACKS_NORD_SHOES_SALE_DONE_HEADERS_X_KEY": "the-key-5Tq9",
}


@pytest.fixture
def exported(tmp_path):
    nord = offers.affiliate(name="Nord", reference_id="nord", requires_approval=True)
    other = offers.affiliate(name="Other", reference_id="other")
    shoes = offers.offer(
        name="Shoes", reference_id="shoes", enabled_goals=True, is_open=False,
        affiliates=[nord, other],
    )  # fmt: skip
    sale = offers.goal(shoes, name="Sale", reference_id="sale", is_default=True)
    offers.postback(
        affiliate=nord, offer=shoes, goal=sale, conversion_status="done", auth_kind="bearer",
        token="the-token-5Tq9", params=[{"name": "sub", "value": "1"}],
        headers=[{"name": "X-Key", "value": "the-key-5Tq9", "is_secret": True}],
    )  # fmt: skip
    rejected = offers.postback(affiliate=None, offer=shoes, is_active=False)
    Postback.objects.filter(pk=rejected.pk).update(approval="rejected", approval_note="No.")
    team = notifications.slack(name="Team", secret={"webhook": SLACK})
    notifications.attachment("order_completed", channel=team, sources=["shop"])
    notification_services.switch_event(event="refund_applied", is_on=False)
    notification_services.save_message(
        message=MessageTemplate(event="order_completed", title="Sold", text="Hello\n{{ order }}")
    )
    file = tmp_path / "config.yaml"
    config("export", "--output", str(file))
    return file


@pytest.fixture
def secrets_file(tmp_path):
    file = tmp_path / "secrets.yaml"
    file.write_text(yaml.safe_dump(SECRETS))
    return str(file)


def empty_everything():
    for model in (Attachment, Channel, SystemEvent, MessageTemplate):
        model.objects.all().delete()
    for model in (Postback, Goal, Offer, Affiliate):
        model.objects.all().delete()


def test_out_into_nothing_and_out_again_is_identical(exported, secrets_file):
    before = exported.read_text()
    empty_everything()

    config("apply", str(exported), "--secrets", secrets_file)

    assert config("export") == before
    assert config("plan", str(exported), "--secrets", secrets_file) == "Nothing to do.\n"


def test_what_was_applied_is_what_it_was(exported, secrets_file):
    empty_everything()

    config("apply", str(exported), "--secrets", secrets_file)

    live = Postback.objects.get(approval="approved")
    assert live.rule.credentials["authorization"] == "Bearer the-token-5Tq9"
    assert live.rule.credentials["headers"] == [["X-Key", "the-key-5Tq9"]]
    assert (live.goal.name, live.offer.affiliates.count()) == ("Sale", 2)
    assert Postback.objects.get(approval="rejected").approval_note == "No."
    assert Attachment.objects.get().channel.secret["webhook"] == SLACK
    assert not SystemEvent.objects.get(event="refund_applied").is_on


def test_each_row_says_that_it_came_from_a_file(exported, secrets_file):
    empty_everything()

    config("apply", str(exported), "--secrets", secrets_file)

    assert Goal.history.latest().history_change_reason == "Applied from a file"
    assert Offer.history.latest().history_change_reason.startswith("Applied from a file: Now seen")
    assert Channel.history.latest().history_change_reason == "Applied from a file"


def test_no_secret_is_in_the_file(exported):
    text = exported.read_text()

    assert not [value for value in SECRETS.values() if value in text]
    assert [name for name in SECRETS if name not in text] == []


def test_what_the_file_does_not_have_is_pruned(exported):
    notifications.channel(name="Newer")
    offers.affiliate(name="Newer", reference_id="newer")

    shown = config("apply", str(exported), "--prune")

    assert "- channels: newer" in shown
    assert "- affiliates: newer" in shown
    assert config("plan", str(exported)) == "Nothing to do.\n"
