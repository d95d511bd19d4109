import dispatcher.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dispatcher', '0003_due_work'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=dispatcher.ids.uuid7, editable=False, unique=True)),
                ('verb', models.CharField(choices=[('resend', 'Resend as sent'), ('current', 'Resend with the current configuration'), ('cancel', 'Cancel'), ('release', 'Let go on')], max_length=8)),
                ('selection', models.JSONField(default=dict, help_text='The filters of the list.')),
                ('state', models.CharField(choices=[('running', 'Running'), ('done', 'Done'), ('stopped', 'Stopped')], default='running', max_length=8)),
                ('total', models.PositiveBigIntegerField(default=0, help_text='What was counted beforehand.')),
                ('is_capped', models.BooleanField(default=False, help_text='There were more than were counted.')),
                ('done', models.PositiveBigIntegerField(default=0)),
                ('passed_over', models.PositiveBigIntegerField(default=0, help_text='In no state for it.')),
                ('after', models.BigIntegerField(default=0)),
                ('up_to', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Duty',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('holder', models.CharField(max_length=128)),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grain', models.PositiveSmallIntegerField(choices=[(0, 'Piece'), (1, 'Minute'), (2, 'Hour'), (3, 'Day')])),
                ('scope', models.CharField(choices=[('all', 'Everything'), ('rule', 'A rule'), ('to', 'A destination')], max_length=4)),
                ('key', models.BigIntegerField(default=0, help_text="The rule's or destination's; 0 for all.")),
                ('starts_at', models.DateTimeField()),
                ('attempts', models.PositiveBigIntegerField(default=0)),
                ('retried', models.PositiveBigIntegerField(default=0, help_text='Failed, to be tried again.')),
                ('delivered', models.PositiveBigIntegerField(default=0)),
                ('failed', models.JSONField(default=dict, help_text='Deliveries that failed, by outcome.')),
                ('latencies', models.JSONField(default=dict, help_text='Attempts by histogram bucket.')),
                ('times', models.JSONField(default=dict, help_text='From due to delivered, by bucket.')),
            ],
            options={
                'verbose_name_plural': 'tallies',
            },
        ),
        migrations.CreateModel(
            name='Transition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('paused', 'Paused by hand'), ('resumed', 'Resumed by hand'), ('opened', 'Paused after failures'), ('reopened', 'Tried again, still failing'), ('closed', 'Well again')], max_length=8)),
                ('reason', models.CharField(blank=True, default='', max_length=255)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='bulkjob',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='tally',
            index=models.Index(condition=models.Q(('grain', 0)), fields=['id'], name='tally_piece'),
        ),
        migrations.AddIndex(
            model_name='tally',
            index=models.Index(condition=models.Q(('grain__gt', 0)), fields=['grain', 'starts_at'], name='tally_time'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.UniqueConstraint(condition=models.Q(('grain__gt', 0)), fields=('scope', 'key', 'grain', 'starts_at'), name='one_tally_per_time'),
        ),
        migrations.AddField(
            model_name='transition',
            name='destination',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='transitions', to='dispatcher.destination'),
        ),
        migrations.AddField(
            model_name='transition',
            name='rule',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='transitions', to='dispatcher.rule'),
        ),
        migrations.AddIndex(
            model_name='bulkjob',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['id'], name='job_running'),
        ),
        migrations.AddConstraint(
            model_name='transition',
            constraint=models.CheckConstraint(condition=models.Q(('rule__isnull', True), ('destination__isnull', True), _connector='XOR'), name='transition_of_one_thing'),
        ),
    ]
