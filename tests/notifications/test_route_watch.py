"""What a changed setting says counts for every channel once workers are started anew."""

import notification_factories as make
import pytest

from dispatcher.models import Route, Rule
from notifications.models import Channel
from notifications.services.watching import RouteWatch

pytestmark = pytest.mark.django_db


def test_a_changed_setting_reaches_the_channels_that_are_there(settings):
    one = make.attachment()
    settings.NOTIFICATIONS_RETRY_STATUSES = [404]

    RouteWatch().run()

    assert Rule.objects.get(pk=one.rule_id).route.retry_policy["statuses"] == [404]


def test_it_is_done_once_and_again_for_other_settings(settings):
    watch = RouteWatch()
    assert watch.next_due() is not None
    watch.run()

    assert watch.next_due() is None
    settings.NOTIFICATIONS_DEADLINE = 5.0
    assert watch.next_due() is not None


def test_while_nothing_changed_nothing_is_written(django_assert_num_queries):
    make.attachment(secret={"signing_secret": "whsec_" + "QUJD" * 12})
    make.attachment(channel=make.slack())

    with django_assert_num_queries(3):  # the channels, and the wording of each
        RouteWatch().run()

    assert Route.objects.count() == 2


def test_a_channel_that_cannot_be_compiled_keeps_no_other_from_it(settings):
    bad, good = make.attachment(), make.attachment()
    Channel.objects.filter(pk=bad.channel_id).update(kind="pigeon")
    settings.NOTIFICATIONS_RETRY_STATUSES = [404]

    RouteWatch().run()

    assert Rule.objects.get(pk=good.rule_id).route.retry_policy["statuses"] == [404]
