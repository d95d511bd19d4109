from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns with a default of the database's: no row is written, old workers go on."""

    dependencies = [
        ('dispatcher', '0004_upkeep_tables'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='cause',
            field=models.CharField(blank=True, db_default='', default='', help_text="Of the last try's outcome: the status, or the phase that took too long.", max_length=24),
        ),
        migrations.AddField(
            model_name='delivery',
            name='type',
            field=models.CharField(blank=True, db_default='', default='', help_text="The event's.", max_length=64),
        ),
    ]
