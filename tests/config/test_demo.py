"""What `make demo` prepares: once, privately, and only what is missing."""

import stat
from pathlib import Path

import pytest
from api_client import Api
from django.contrib.auth import authenticate
from django.contrib.auth.models import User

from config.demo import seed, shop, story
from config.demo.directory import DemoDirectory
from dispatcher.models import ApiToken, Route
from notifications.models import Attachment, Channel, Order
from offers.models import Affiliate, Conversion, Goal, Offer, Postback
from postbacks.models import Customer, Template, Trigger

RECEIVER = "http://127.0.0.1:8001"


@pytest.fixture
def local_network(settings):
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]


def fill(*, receiver_url=RECEIVER, token=""):
    secret = "whsec_" + "QUJD" * 8
    return seed.seed(
        receiver_url=receiver_url, signing_secret=secret, password="long-enough", token=token
    )


def test_keys_are_made_once_and_kept_private(tmp_path):
    first = DemoDirectory(tmp_path / "demo")
    second = DemoDirectory(tmp_path / "demo")

    assert first.keys == second.keys
    assert stat.S_IMODE((tmp_path / "demo" / "keys.json").stat().st_mode) == 0o600


def test_env_is_private_and_readable_again(tmp_path):
    directory = DemoDirectory(tmp_path)

    directory.write_env({"BASE_URL": "http://127.0.0.1:8000", "API_TOKEN": "a.b=c"})

    assert directory.read_env() == {"BASE_URL": "http://127.0.0.1:8000", "API_TOKEN": "a.b=c"}
    assert stat.S_IMODE(Path(directory.env_file).stat().st_mode) == 0o600


@pytest.mark.django_db
def test_a_second_run_reuses_everything(local_network):
    token = fill()
    before = counts()

    again = fill(token=token)

    assert again == token
    assert counts() == before


def counts():
    models = (
        User, Customer, Template, Trigger, Affiliate, Offer, Goal, Postback, Channel, Attachment,
        Route, ApiToken,
    )  # fmt: skip
    return [model.objects.count() for model in models]


@pytest.mark.django_db
def test_the_operator_can_log_in_and_the_token_may_do_everything(rf, local_network):
    token = fill()

    login = rf.post("/admin/login/")
    assert authenticate(login, username="admin", password="long-enough")
    key = ApiToken.objects.get_from_key(token)
    assert set(key.scopes) == {"emit", "read", "configure"}


@pytest.mark.django_db
def test_a_lost_token_is_replaced(local_network):
    token = fill()
    ApiToken.objects.all().delete()

    assert fill(token=token) != token


@pytest.mark.django_db
def test_triggers_follow_the_receiver_to_another_port(local_network):
    fill()

    fill(receiver_url="http://127.0.0.1:9001")

    urls = [
        *Trigger.objects.values_list("url", flat=True),
        *Postback.objects.values_list("url", flat=True),
    ]
    assert all(url.startswith("http://127.0.0.1:9001/") for url in urls)


def test_the_story_leads_each_order_through_its_life():
    events = list(story._events())

    orders = {event["payload"]["orderReferenceId"] for event in events}
    assert len(events) == len(orders) * len(story.LIFE) == 12
    assert len({event["id"] for event in events}) == 12


@pytest.mark.django_db
def test_the_affiliate_can_log_in_and_is_no_operator(rf, local_network):
    fill()

    login = rf.post("/affiliates/")
    assert authenticate(login, username="affiliate", password="long-enough")
    user = User.objects.get(username="affiliate")
    assert user.membership.affiliate.reference_id == "coupon-club"
    assert not user.is_staff


@pytest.mark.django_db
def test_the_conversions_of_the_story_are_taken_and_fire(monkeypatch, local_network):
    api = Api(token=fill())
    fired = []

    def post(url, token, body, *, method="POST"):
        response = api.request(method, "/api" + url.partition("/api")[2], body)
        assert response.status_code in {200, 201}, response.json()
        fired.append(len(response.json()["event"]["deliveries"]))
        return response.json()

    monkeypatch.setattr(story, "_post", post)

    told = story.tell_conversions(base_url="http://x", token="", is_stopped=lambda: False)

    assert told == len(fired) == 5
    assert fired == [1, 3, 1, 1, 1]
    assert Conversion.objects.count() == 3


@pytest.mark.django_db
def test_the_demos_facts_are_accepted_and_one_order_waits(local_network):
    api = Api(token=fill())

    answers = [api.post(path, body) for path, body in shop.facts()]

    assert {answer.status_code for answer in answers} == {202}
    waiting = Order.objects.filter(complete_due_at__isnull=False)
    assert [order.reference[:5] for order in waiting] == ["WAITS"]
    assert Order.objects.filter(completed_at__isnull=False).count() == 3


@pytest.mark.django_db
def test_channels_follow_the_receiver_to_another_port(local_network):
    fill()

    fill(receiver_url="http://127.0.0.1:9001")

    urls = [
        channel.config.get("url") or channel.secret["webhook"] for channel in Channel.objects.all()
    ]
    assert {channel.kind for channel in Channel.objects.all()} == {"postback", "mattermost"}
    assert all(url.startswith("http://127.0.0.1:9001/") for url in urls)
