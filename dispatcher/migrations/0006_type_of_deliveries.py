from django.db import migrations

BATCH = 5_000


def copy_types(apps, schema_editor):
    """The type of each delivery's event, some thousand rows in a transaction: nobody waits."""
    Delivery = apps.get_model('dispatcher', 'Delivery')
    newest = Delivery.objects.order_by('-pk').values_list('pk', flat=True).first() or 0
    for start in range(0, newest + 1, BATCH):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                'UPDATE dispatcher_delivery SET type = (SELECT e.type FROM dispatcher_event e '
                'WHERE e.id = dispatcher_delivery.event_id) '
                "WHERE id > %s AND id <= %s AND type = ''",
                [start, start + BATCH],
            )


class Migration(migrations.Migration):
    """May be interrupted and repeated."""

    atomic = False

    dependencies = [
        ('dispatcher', '0005_cause_and_type'),
    ]

    operations = [migrations.RunPython(copy_types, migrations.RunPython.noop)]
