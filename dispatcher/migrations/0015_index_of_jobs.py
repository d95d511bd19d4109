from django.db import migrations, models

from dispatcher.indexes import AddIndexQuietly


class Migration(migrations.Migration):
    """Made while everything goes on; may be interrupted and repeated."""

    atomic = False

    dependencies = [
        ("dispatcher", "0014_deliveries_of_jobs"),
    ]

    operations = [
        AddIndexQuietly(
            model_name="delivery",
            index=models.Index(condition=models.Q(("job__isnull", False)), fields=["job", "id"], name="delivery_job"),
        ),
    ]
