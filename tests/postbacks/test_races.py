"""Two at once, on connections of their own: one wins, the other is told."""

from __future__ import annotations

from threading import Barrier, Thread

import factories
import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from dispatcher import signing
from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.models import Rule
from postbacks import services
from postbacks.models import Template, Trigger

pytestmark = pytest.mark.django_db(transaction=True)


def both(*acts):
    """Start all at the same moment; what each returned or was refused with."""
    barrier, results = Barrier(len(acts)), [None] * len(acts)

    def run(number, act):
        barrier.wait()
        try:
            results[number] = act()
        except ValidationError as error:
            results[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def losers(results):
    return [result for result in results if isinstance(result, ChangedMeanwhileError)]


def test_of_two_who_pause_at_once_one_is_told():
    trigger = factories.trigger()
    seen = [Trigger.objects.get(pk=trigger.pk) for _ in range(2)]

    results = both(
        *(lambda one=one: services.set_trigger_status(trigger=one, status="paused") for one in seen)
    )

    assert len(losers(results)) == 1
    assert trigger.history.filter(status="paused").count() == 1


def test_of_two_who_save_a_template_at_once_one_is_told_and_one_version_made():
    template = factories.template()
    seen = [Template.objects.get(pk=template.pk) for _ in range(2)]
    for number, one in enumerate(seen):
        one.body = f'{{"v": {number}}}'

    results = both(*(lambda one=one: services.save_template(template=one) for one in seen))

    assert len(losers(results)) == 1
    assert template.versions.count() == 2


def test_of_two_who_rotate_at_once_only_the_winner_is_shown_a_secret_and_it_signs():
    trigger = factories.trigger(signing_secret=signing.new_secret())
    seen = [Trigger.objects.get(pk=trigger.pk) for _ in range(2)]

    results = both(*(lambda one=one: services.rotate_signing_secret(trigger=one) for one in seen))

    [shown] = [result for result in results if isinstance(result, str)]
    assert len(losers(results)) == 1
    entries = Rule.objects.get(pk=trigger.rule_id).credentials["signing"]
    assert entries[0] == {"secret": shown, "until": None}
    assert len(entries) == 2


def test_a_saved_trigger_and_a_saved_template_never_leave_an_old_route():
    template = factories.template(body='{"v": 1}')
    trigger = factories.trigger(template=template)
    renamed = Trigger.objects.select_related("template").get(pk=trigger.pk)
    template.body = '{"v": 2}'

    both(
        lambda: services.save_template(template=template),
        lambda: services.save_trigger(trigger=renamed),
    )

    route = Rule.objects.get(pk=trigger.rule_id).route
    assert route.spec["template"]["source"] == '{"v": 2}'
