from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns with defaults of the database's."""

    dependencies = [
        ("dispatcher", "0011_final_holds"),
    ]

    operations = [
        migrations.AddField(
            model_name="bulkjob",
            name="failures",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text="Steps in a row that raised an error."),
        ),
        migrations.AddField(
            model_name="bulkjob",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", help_text="Why it was given up.", max_length=255),
        ),
    ]
