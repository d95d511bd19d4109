from django.db import migrations

FACTS = 'rule_id, destination_id, owner, type'


def gather(apps, schema_editor):
    """Tell PostgreSQL which columns go together, so that it chooses well between the indexes."""
    if schema_editor.connection.vendor != 'postgresql':
        return
    schema_editor.execute(
        'CREATE STATISTICS IF NOT EXISTS delivery_belongings (dependencies, mcv) '
        f'ON {FACTS} FROM dispatcher_delivery'
    )
    schema_editor.execute(
        'CREATE STATISTICS IF NOT EXISTS delivery_results (mcv) '
        'ON state, outcome, cause FROM dispatcher_delivery'
    )
    schema_editor.execute('ANALYZE dispatcher_delivery')


def forget(apps, schema_editor):
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute('DROP STATISTICS IF EXISTS delivery_belongings, delivery_results')


class Migration(migrations.Migration):

    dependencies = [
        ('dispatcher', '0007_indexes_of_filters'),
    ]

    operations = [migrations.RunPython(gather, forget)]
