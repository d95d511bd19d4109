from django.db import migrations, models

import dispatcher.indexes
from dispatcher.indexes import AddIndexQuietly, RemoveIndexQuietly


class Migration(migrations.Migration):
    """Made one by one while everything goes on; may be interrupted and repeated."""

    atomic = False

    dependencies = [
        ('dispatcher', '0006_type_of_deliveries'),
    ]

    operations = [
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(fields=['type', 'id'], name='delivery_type'),
        ),
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(fields=['destination', 'id'], name='delivery_destination'),
        ),
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(condition=models.Q(('owner', ''), _negated=True), fields=['owner', 'id'], name='delivery_owner'),
        ),
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['id'], name='delivery_pending'),
        ),
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'canceled')), fields=['id'], name='delivery_canceled'),
        ),
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'failed')), fields=['id', 'destination', 'outcome', 'cause'], name='delivery_causes'),
        ),
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'failed')), fields=['destination', 'id'], name='failed_destination'),
        ),
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'failed')), fields=['rule', 'id'], name='failed_rule'),
        ),
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'failed')), fields=['owner', 'id'], name='failed_owner'),
        ),
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(condition=models.Q(('outcome__in', ['', 'delivered']), _negated=True), fields=['outcome', 'id'], name='delivery_outcome'),
        ),
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['finished_at'], name='delivery_finished'),
        ),
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(condition=models.Q(('is_test', True)), fields=['id'], name='delivery_test'),
        ),
        AddIndexQuietly(
            model_name='event',
            index=models.Index(condition=models.Q(('is_test', True)), fields=['id'], name='event_test'),
        ),
        AddIndexQuietly(
            model_name='request',
            index=dispatcher.indexes.EqualityIndex(fields=['url'], name='request_url'),
        ),
        RemoveIndexQuietly(
            model_name='delivery',
            name='delivery_failed',
        ),
        AddIndexQuietly(
            model_name='delivery',
            index=models.Index(condition=models.Q(('resend_of__isnull', False)), fields=['resend_of'], name='delivery_resend_of'),
        ),
    ]
