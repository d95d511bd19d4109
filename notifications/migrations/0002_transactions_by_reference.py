from django.db import migrations, models

from dispatcher.indexes import AddIndexQuietly


class Migration(migrations.Migration):
    """Made while everything goes on; may be interrupted and repeated."""

    atomic = False

    dependencies = [
        ("notifications", "0001_initial"),
    ]

    operations = [
        AddIndexQuietly(
            model_name="transaction",
            index=models.Index(fields=["reference"], name="transaction_reference"),
        ),
    ]
