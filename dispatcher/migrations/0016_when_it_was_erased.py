from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that is empty for all that there is: nothing is rewritten."""

    dependencies = [
        ("dispatcher", "0015_index_of_jobs"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="payload",
            field=models.TextField(help_text="JSON as it was received; empty once purged or erased."),
        ),
        migrations.AddField(
            model_name="event",
            name="erased_at",
            field=models.DateTimeField(blank=True, help_text="When somebody had its payload erased.", null=True),
        ),
    ]
