import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that is empty at first: no row is touched, however many there are."""

    dependencies = [
        ("dispatcher", "0013_who_paused"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="bulkjob",
            options={"verbose_name": "work on many deliveries", "verbose_name_plural": "work on many deliveries"},
        ),
        migrations.AddField(
            model_name="delivery",
            name="job",
            field=models.ForeignKey(blank=True, db_index=False, help_text="The last one that sent it again, made it or canceled it.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="dispatcher.bulkjob"),
        ),
    ]
