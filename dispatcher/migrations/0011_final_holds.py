from django.db import migrations, models


class Migration(migrations.Migration):
    """A column with a default of the database's; the choices of a job need no statement."""

    dependencies = [
        ("dispatcher", "0010_tokens_by_prefix"),
    ]

    operations = [
        migrations.AddField(
            model_name="ownerhold",
            name="is_final",
            field=models.BooleanField(db_default=False, default=False, help_text="The owner was deleted: what waits is canceled."),
        ),
        migrations.AlterField(
            model_name="bulkjob",
            name="verb",
            field=models.CharField(choices=[("resend", "Resend as sent"), ("current", "Resend with the current configuration"), ("cancel", "Cancel"), ("release", "Let go on"), ("discard", "Cancel what was held, then go on")], max_length=8),
        ),
    ]
