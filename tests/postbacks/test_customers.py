from __future__ import annotations

import factories
import pytest
from django.core.exceptions import ValidationError

from dispatcher.configuration.errors import ChangedMeanwhileError, InUseError
from dispatcher.models import OwnerHold
from postbacks import services
from postbacks.models import Customer

pytestmark = pytest.mark.django_db


def test_an_empty_reference_is_none_so_that_many_customers_may_have_none():
    first = factories.customer(reference_id="")
    second = factories.customer(reference_id="  ")

    assert first.reference_id is None
    assert second.reference_id is None


def test_a_reference_belongs_to_one_customer(refused):
    factories.customer(reference_id="studio-nord")

    with refused(reference_id="Choose one that is not taken"):
        factories.customer(reference_id=" studio-nord ")


def test_who_loses_the_race_for_a_reference_is_told_so_too(refused, monkeypatch):
    factories.customer(reference_id="studio-nord")
    validate = Customer.validate_unique
    looks = iter([False, True])  # the other one was not there yet at the first look

    def look(self, exclude=None):
        if next(looks):
            validate(self, exclude=exclude)

    monkeypatch.setattr(Customer, "validate_unique", look)

    with refused(reference_id="Choose one that is not taken"):
        factories.customer(reference_id="studio-nord")


@pytest.mark.parametrize("name", ["", "   "], ids=["empty", "blank"])
def test_a_customer_needs_a_name(refused, name):
    with refused(name="Give the customer a name"):
        factories.customer(name=name)


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"], ids=["nul", "half-a-character"])
def test_text_that_no_database_stores_is_refused(refused, text):
    with refused(description="cannot be stored"):
        factories.customer(description=text)


def test_deactivated_its_deliveries_are_held_and_activated_released():
    customer = factories.customer()

    assert services.deactivate_customer(customer=customer)
    assert OwnerHold.objects.filter(owner=customer.owner).exists()

    assert services.activate_customer(customer=customer)
    assert not OwnerHold.objects.filter(owner=customer.owner).exists()


def test_saved_inactive_its_deliveries_are_held_too():
    customer = factories.customer()

    customer.is_active = False
    services.save_customer(customer=customer)

    assert OwnerHold.objects.filter(owner=customer.owner).exists()


def test_a_customer_may_be_inactive_from_the_start():
    customer = factories.customer(is_active=False)

    assert OwnerHold.objects.filter(owner=customer.owner).exists()


def test_who_deactivates_second_changes_nothing():
    customer = factories.customer()
    same = Customer.objects.get(pk=customer.pk)
    services.deactivate_customer(customer=customer)

    assert not services.deactivate_customer(customer=same)

    assert same.is_active is False
    assert customer.history.count() == 2


def test_who_saves_second_is_told_and_overwrites_nothing():
    customer = factories.customer(name="Before")
    late = Customer.objects.get(pk=customer.pk)
    customer.name = "First"
    services.save_customer(customer=customer)

    late.name = "Second"
    with pytest.raises(ChangedMeanwhileError, match="Somebody else changed this customer"):
        services.save_customer(customer=late)

    assert Customer.objects.get(pk=customer.pk).name == "First"


def test_each_change_is_kept_with_its_author():
    operator = factories.operator()
    customer = factories.customer()

    services.deactivate_customer(customer=customer, by=operator)

    latest = customer.history.latest()
    assert latest.history_user == operator
    assert latest.history_change_reason == "Deactivated"
    assert latest.is_active is False


def test_a_customer_with_triggers_and_templates_cannot_be_deleted():
    customer = factories.customer(name="Studio Nord")
    factories.trigger(customer=customer)
    factories.template(customer=customer)

    with pytest.raises(InUseError, match="Studio Nord has 1 trigger and 1 template"):
        services.delete_customer(customer=customer)

    assert Customer.objects.filter(pk=customer.pk).exists()


def test_what_waits_for_a_deleted_customer_is_never_sent():
    customer = factories.customer()
    owner = customer.owner

    services.delete_customer(customer=customer)

    assert not Customer.objects.exists()
    assert OwnerHold.objects.get(owner=owner).reason == "The customer was deleted."


def test_the_database_itself_refuses_a_customer_without_a_name():
    with pytest.raises(ValidationError, match="Give the customer a name"):
        Customer(name="").validate_constraints()
