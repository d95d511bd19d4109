"""A service in use: a person of each role, and a row of everything there is a page for."""

from __future__ import annotations

import uuid
from contextlib import contextmanager

import factories
import ledger
import notification_factories as notifications
import offer_factories as offers
from axes.models import AccessAttempt
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rights import ADMINISTRATOR, AFFILIATE, ANONYMOUS, DEVELOPER, OPERATOR, SUPERUSER, VIEWER

from dispatcher.models import ApiToken, BulkJob, Delivery, Event
from dispatcher.retention import erase_owner
from dispatcher.services import jobs
from notifications import services as notification_services
from offers import services as offer_services
from postbacks import services
from postbacks.models import LookupTable, Trigger

CHANNEL_SECRET = "abcdefghijklmnopqrstuvwx"
SERVER_SECRET = "the-password-of-the-mail-server"
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
OWN_BOOKS = ("django_session", "axes_accesslog")  # who is logged in is no change to anything


class World:
    """People by role, with what logs them in, and the rows that addresses are filled with."""

    def __init__(self):
        self.secrets = [*ledger.SECRETS, SERVER_SECRET]
        _configured()
        self.people = {
            role: _somebody(role) for role in (VIEWER, DEVELOPER, OPERATOR, ADMINISTRATOR)
        }
        self.people[SUPERUSER] = User.objects.create_superuser("boss")
        self.people[AFFILIATE] = User.objects.create_user("outside")
        self.own = _promoted(self.people[AFFILIATE])
        self.test_run = _test_run(self.own["affiliate"].owner)
        self.attachment = _told(self.secrets)
        self.ordinary = User.objects.create_user("ordinary")
        self.group = Group.objects.create(name="Own mixture")
        self.tokens = {
            role: ApiToken.objects.create_key(name=role, owner=user, scopes=["read"])[0]
            for role, user in self.people.items()
        }
        owner = self.own["affiliate"].owner
        self.tokens[AFFILIATE], _ = ApiToken.objects.create_key(
            name="own", owner=self.people[AFFILIATE], scopes=["read"], restricted_to=owner
        )
        self.job = jobs.start(verb=BulkJob.Verb.CANCEL, selection={}, by=self.ordinary)
        erase_owner(owner="customer:0", name="Somebody", by=self.people[SUPERUSER])
        self.upload = services.preview_import(
            table=LookupTable.objects.get(), content=b"key,value\na,1\n", file_name="a.csv"
        )
        LogEntry.objects.create(
            user=self.people[SUPERUSER], object_repr="Somebody", action_flag=CHANGE,
            content_type=ContentType.objects.get_for_model(User), object_id=self.ordinary.pk,
        )  # fmt: skip
        self._sessions = {role: _session_of(user) for role, user in self.people.items()}

    def client(self, role):
        """A browser of this person's own, logged in."""
        client = Client()
        if role != ANONYMOUS:
            client.cookies[settings.SESSION_COOKIE_NAME] = self._sessions[role]
        return client

    def row(self, label, role=SUPERUSER):
        """The key of a row of this model that this person may know of."""
        special = {
            "auth.user": self.ordinary.pk,
            "auth.group": self.group.pk,
            "dispatcher.purge": 1,
        }
        if label == "dispatcher.apitoken":
            return self.tokens.get(role, self.tokens[SUPERUSER]).pk
        if label in special:
            return special[label]
        row = apps.get_model(label)._default_manager.order_by("pk").first()
        assert row is not None, f"The world has no {label}: make one in {__name__}."
        return row.pk

    def _own_part(self, name):
        """A part of an address of the affiliates' site: a row of that affiliate."""
        owner = self.own["affiliate"].owner
        if name == "delivery":
            return Delivery.objects.filter(owner=owner).latest("pk").uid
        if name == "token":
            return self.tokens[AFFILIATE].prefix
        return self.own[name].pk if name in self.own else "nowhere"

    def part(self, page, role):
        """What a part of a page's address is filled with."""
        history = Trigger.history.first().pk
        special = {
            "notifications.systemevent": {"key": self.attachment.pk},
            "dispatcher.delivery": {"uid": self.job.uid},
            "offers.conversion": {"import_id": self.own["import"].pk},
        }

        def value(name):
            if name == "uid" and page.name.endswith("result"):
                return self.test_run.uid
            if page.name.startswith("affiliates:"):
                return self._own_part(name)
            if name in {"object_id", "pk", "group0"} and page.label:
                return self.row(page.label, role)
            values = {
                "event": self.attachment.event,
                "group1": history,
                "about": "postbacks.trigger",
                "key": history,
                "id": self.ordinary.pk,
                "object_id": 1,
                "import_id": self.upload.pk,
                "kind": "csv",
                "app_label": "postbacks",
                "content_type_id": 1,
                "url": "nowhere/",
                "uid": self._own_part("delivery"),
            }
            return (values | special.get(page.label, {}))[name]

        return value

    def call_part(self, call):
        """The same for a call of the API."""
        queryset = getattr(getattr(call.callback, "cls", None), "queryset", None)
        base = call.name.partition("-")[0]

        def value(name):
            ids = {"event": Event.objects.first, "delivery": Delivery.objects.first}
            if name == "id" and base in ids:
                row = ids[base]()
                return row.uid if base == "delivery" else row.pk
            others = {"number": 1, "type": self.attachment.event}
            return self.row(queryset.model._meta.label_lower) if name == "id" else others[name]

        return value


def _configured():
    customer = factories.customer()
    factories.operator()
    ledger.trigger(customer=customer)
    for number, state in enumerate(("delivered", "failed", "pending", "canceled")):
        ledger.delivery(number, state=state, customer=customer)
    factories.lookup_table({"b": "2"})
    factories.outgoing_server(username="smtp", password=SERVER_SECRET)
    factories.email_trigger(customer=customer, status=Trigger.Status.PAUSED)
    AccessAttempt.objects.create(username="ordinary", failures_since_start=5)


def _promoted(user):
    """What belongs to the affiliate of this user: one of everything."""
    affiliate = offers.affiliate()
    offer_services.add_user(affiliate=affiliate, user=user)
    offer = offers.offer()
    own = {"affiliate": affiliate, "offer": offer, "goal": offers.goal(offer)}
    own["postback"] = offers.postback(affiliate=affiliate, offer=offer)
    own["conversion"] = offers.conversion(affiliate=affiliate, offer=offer)
    offers.conversion(affiliate=affiliate, offer=offer, status="done")
    offers.postback(affiliate=affiliate, offer=offer, is_active=False)
    reference = own["conversion"].transaction_id
    own["import"] = offer_services.preview_import(
        content=f"transaction_id,status\n{reference},done\n".encode(), file_name="statuses.csv"
    )
    return own


def _test_run(owner):
    """What somebody fired by hand, by a rule of this owner."""
    run = Delivery.objects.filter(owner=owner, rule__owner=owner).latest("pk")
    run.pk, run.uid, run.is_test = None, uuid.uuid4(), True
    run.save(force_insert=True)
    return run


def _told(secrets):
    """A channel with a secret, attached to an event, and an order."""
    secrets.append(CHANNEL_SECRET)
    address = f"https://hooks.slack.com/services/T0000000/B0000000/{CHANNEL_SECRET}"
    channel = notifications.slack(secret={"webhook": address})
    notifications.purchase(source="shop")
    notification_services.switch_event(event="refund_applied", is_on=False)
    return notifications.attachment(channel=channel)


def _somebody(role):
    user = User.objects.create_user(f"the-{role.lower()}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def _session_of(user):
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@contextmanager
def undone():
    """What happens in here is taken back; yields a list that holds what was written."""
    written = []
    with transaction.atomic():
        with CaptureQueriesContext(connection) as statements:
            yield written
        written += [row["sql"] for row in statements.captured_queries if _changes(row["sql"])]
        transaction.set_rollback(True)


def _changes(sql):
    words = sql.upper()
    is_write = words.lstrip().startswith(WRITES) or (
        words.lstrip().startswith("WITH") and any(f" {one} " in words for one in WRITES)
    )
    return is_write and not any(f'"{table}' in sql for table in OWN_BOOKS)


def is_refused(answer):
    """Whether this answer is a no: not allowed, not there, or "log in first"."""
    if answer.status_code in {301, 302}:
        target = answer["Location"].partition("?")[0]
        return target in {reverse("admin:login"), reverse("affiliates:login")}
    return answer.status_code in {401, 403, 404, 405}
