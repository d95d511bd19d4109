from django.conf import settings
from django.db import migrations
from django.db.models import F, Value
from django.db.models.functions import Concat


def by_prefix(apps, schema_editor):
    """The key held the hash, and stood in addresses; what admin noted held it as well."""
    apps.get_model("dispatcher", "ApiToken").objects.update(id=F("prefix"))
    entries = _noted(apps)
    for pk, key in entries.filter(object_id__contains=".").values_list("pk", "object_id"):
        entries.filter(pk=pk).update(object_id=key.partition(".")[0])


def by_hash(apps, schema_editor):
    """As the library makes them; the notes find them by what they begin with."""
    tokens = apps.get_model("dispatcher", "ApiToken").objects
    tokens.update(id=Concat("prefix", Value("."), "hashed_key"))


def _noted(apps):
    types = apps.get_model("contenttypes", "ContentType").objects
    kinds = types.filter(app_label="dispatcher", model="apitoken").values("pk")
    return apps.get_model("admin", "LogEntry").objects.filter(content_type__in=kinds)


class Migration(migrations.Migration):
    """The primary key of a token is what it begins with. No table refers to it."""

    dependencies = [
        ("dispatcher", "0009_retention"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(by_prefix, by_hash)]
