from django.db import migrations, models

from dispatcher.indexes import AddIndexQuietly


class Migration(migrations.Migration):
    """Made while everything goes on; may be interrupted and repeated."""

    atomic = False

    dependencies = [
        ("offers", "0002_status_imports"),
    ]

    operations = [
        AddIndexQuietly(
            model_name="conversion",
            index=models.Index(fields=["status", "id"], name="conversion_status"),
        ),
    ]
