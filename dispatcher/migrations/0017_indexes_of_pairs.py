from django.db import migrations, models

from dispatcher.indexes import AddIndexQuietly, RemoveIndexQuietly


class Migration(migrations.Migration):
    """Made while everything goes on; may be interrupted and repeated. The old go last."""

    atomic = False

    dependencies = [
        ("dispatcher", "0016_when_it_was_erased"),
    ]

    operations = [
        AddIndexQuietly(
            model_name="delivery",
            index=models.Index(fields=["type", "id"], include=["destination"], name="delivery_by_type"),
        ),
        AddIndexQuietly(
            model_name="event",
            index=models.Index(condition=models.Q(("owner", ""), _negated=True), fields=["owner", "id"], include=["type"], name="event_by_owner"),
        ),
        RemoveIndexQuietly(
            model_name="delivery",
            name="delivery_type",
        ),
        RemoveIndexQuietly(
            model_name="event",
            name="event_owner",
        ),
    ]
