import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# Partitioned by generation, which Django cannot say: a generation is dropped whole when another is
# served (see annotation/services/generations.py). Each ranking makes and attaches its partition.
TABLE = """
CREATE TABLE annotation_queueitem (
    generation_id bigint NOT NULL,
    rank integer NOT NULL,
    pair_id bigint NOT NULL,
    wanted smallint NOT NULL,
    slots smallint NOT NULL,
    strategy varchar(16) NOT NULL,
    score double precision,
    lane varchar(40) NOT NULL,
    topics bigint NOT NULL DEFAULT 0,
    routed_to bigint[],
    routed_until timestamptz,
    CONSTRAINT queue_rank_once PRIMARY KEY (generation_id, rank),
    CONSTRAINT queue_pair_once UNIQUE (generation_id, pair_id),
    CONSTRAINT queue_rank_not_negative CHECK (rank >= 0),
    CONSTRAINT queue_slots_not_negative CHECK (slots >= 0),
    CONSTRAINT queue_slots_at_most_wanted CHECK (slots <= wanted),
    CONSTRAINT queue_strategy_known CHECK (
        strategy IN ('random', 'uncertainty', 'relabel', 'gold')
    )
) PARTITION BY LIST (generation_id);
CREATE INDEX queue_ready ON annotation_queueitem (rank) WHERE slots > 0;
CREATE INDEX queue_ready_by_lane ON annotation_queueitem (lane, rank)
    WHERE slots > 0;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, "DROP TABLE annotation_queueitem")],
            state_operations=[
                migrations.CreateModel(
                    name='QueueItem',
                    fields=[
                        ('pk', models.CompositePrimaryKey('generation_id', 'rank', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('rank', models.PositiveIntegerField()),
                        ('wanted', models.SmallIntegerField()),
                        ('slots', models.SmallIntegerField()),
                        ('strategy', models.CharField(choices=[('random', 'Drawn at random'), ('uncertainty', 'The model was unsure'), ('relabel', 'Another opinion on a labelled pair'), ('gold', 'A pair whose answer is known')], max_length=16)),
                        ('score', models.FloatField(null=True)),
                        ('lane', models.CharField(max_length=40)),
                        ('topics', models.BigIntegerField(db_default=0, default=0)),
                        ('routed_to', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None)),
                        ('routed_until', models.DateTimeField(null=True)),
                        ('generation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='items', to='annotation.queuegeneration')),
                        ('pair', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='annotation.pair')),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('slots__gt', 0)), fields=['rank'], name='queue_ready'), models.Index(condition=models.Q(('slots__gt', 0)), fields=['lane', 'rank'], name='queue_ready_by_lane')],
                        'constraints': [models.UniqueConstraint(fields=('generation', 'pair'), name='queue_pair_once'), models.CheckConstraint(condition=models.Q(('slots__gte', 0)), name='queue_slots_not_negative'), models.CheckConstraint(condition=models.Q(('slots__lte', models.F('wanted'))), name='queue_slots_at_most_wanted'), models.CheckConstraint(condition=models.Q(('strategy__in', ['random', 'uncertainty', 'relabel', 'gold'])), name='queue_strategy_known')],
                    },
                ),
            ],
        ),
    ]
