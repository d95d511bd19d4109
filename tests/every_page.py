"""Every address of the operators' interface, found from the URL resolver; and rows for each."""

from __future__ import annotations

import re
from types import SimpleNamespace

import factories
import ledger
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.urls import URLResolver, reverse

from dispatcher.models import ApiToken, BulkJob
from dispatcher.services import jobs
from postbacks import services
from postbacks.models import Customer, LookupImport, LookupTable, Template, TemplateVersion

APPS = ("dispatcher", "postbacks")


def fill(operator, rows, *, text="name", payload=None):
    """So many more rows of everything an operator sees; `text` is in every name and value.

    The first customer, template, trigger and table get as many of what belongs to them.
    """
    first = _first(text)
    start = Customer.objects.count()
    for number in range(start, start + rows):
        state = ["delivered", "failed", "pending", "canceled"][number % 4]
        customer = factories.customer(name=f"{text} {number}", description=text)
        ledger.delivery(number, state=state, attempts=1, customer=customer, **payload or {})
        template = factories.template(name=f"{text} {number}", customer=customer)
        url = f"https://host-{number}.example/in"
        factories.trigger(name=text, customer=customer, template=template, url=url)
        factories.trigger(name=text, customer=first.customer, template=first.template)
        factories.trigger(name=text, customer=None, template=first.template, status="paused")
        factories.email_trigger(name=text, customer=customer, template=first.email)
        factories.outgoing_server(customer=customer, sender_name=text)
        table = factories.lookup_table(name=text, description=text, customer=customer)
        services.set_row(table=table, key=f"{text} {number}"[:200], value=text)
        services.set_row(table=first.table, key=f"{text} {number}"[:200], value=text)
        _keep_version(first.template, operator)
        User.objects.create(username=f"user-{number}", is_staff=True)
        ApiToken.objects.create_key(name=f"{text} {number}"[:50], owner=operator)
    content = f"key,value\n{text.replace(',', '')},{start}\n".encode()
    services.preview_import(table=first.table, content=content, file_name="rows.csv", by=operator)


def _first(text):
    """What the pages of one row are opened for."""
    if not Customer.objects.exists():
        ledger.trigger(
            name=text,
            template=factories.template(name=text, event="order_shipped"),
            headers=[{"name": "X-Shop", "value": text[:100], "is_secret": False}],
        )
        factories.customer(name=text, description=text)
        Group.objects.create(name=text[:150])
        factories.lookup_table(name=text, description=text)
        factories.email_template(name=text, subject=text[:900], html=text, text=text)
        factories.outgoing_server(sender_name=text)
    return SimpleNamespace(
        customer=Customer.objects.earliest("pk"),
        template=Template.objects.earliest("pk"),
        email=Template.objects.filter(kind="email").earliest("pk"),
        table=LookupTable.objects.earliest("pk"),
    )


def _keep_version(template, operator):
    texts = {name: getattr(template, name) for name in Template.RENDERING}
    template.version += 1
    TemplateVersion.objects.create(
        template=template, number=template.version, created_by=operator, **texts
    )
    Template.objects.filter(pk=template.pk).update(version=template.version)


def patterns(urls=None, before=""):
    """Route, name and converters of each address of the interface."""
    for one in admin.site.urls[0] if urls is None else urls:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, route)
        elif one.name and "simple_history" not in one.name:
            yield route, one.name


def pages(apps=APPS):
    """Name → address of every page of these apps, filled in for the first row of each kind."""
    models = {
        f"{model._meta.app_label}_{model._meta.model_name}": model for model in admin.site._registry
    }
    found = {"index": reverse("admin:index")}
    for route, name in patterns():
        model = next((models[key] for key in models if name.startswith(f"{key}_")), None)
        if model is None or model._meta.app_label not in apps:
            continue
        if "<" not in route or model._default_manager.exists():
            found[name] = filled_in(route, name, model)
    email = Template.objects.filter(kind="email").earliest("pk")
    found["email_add"] = f"{found['postbacks_template_add']}?kind=email"
    found["email_change"] = reverse("admin:postbacks_template_change", args=[email.pk])
    return found


def filled_in(route, name, model):
    names = re.findall(r"<(?:\w+:)?(\w+)>", route)
    row = model._default_manager.order_by("pk").first()
    key = admin.utils.quote(row.pk) if row else ""
    values = {"kind": "csv", "object_id": key, "pk": key, "id": key}
    if "uid" in names:
        values["uid"] = (BulkJob.objects.first() or jobs.start(verb="cancel", selection={})).uid
    if "import_id" in names:
        values["import_id"] = LookupImport.objects.filter(table=row).latest("pk").pk
    return reverse(f"admin:{name}", kwargs={one: values[one] for one in names})
