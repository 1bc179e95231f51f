"""Consensus, a model's word that no label swayed, and what people decide."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

DECIDED = """
CREATE FUNCTION annotation_adjudication_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'decisions are append-only: supersede adjudication % instead', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER adjudication_append_only BEFORE UPDATE OR DELETE ON annotation_adjudication
    FOR EACH ROW EXECUTE FUNCTION annotation_adjudication_is_append_only();
ALTER TABLE annotation_adjudication
    ADD CONSTRAINT adjudication_supersedes_own
        FOREIGN KEY (supersedes_id, campaign_id, pair_id)
        REFERENCES annotation_adjudication (id, campaign_id, pair_id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT adjudication_not_its_own_successor CHECK (supersedes_id <> id);
"""
NOT_DECIDED = """
ALTER TABLE annotation_adjudication
    DROP CONSTRAINT adjudication_supersedes_own,
    DROP CONSTRAINT adjudication_not_its_own_successor;
DROP TRIGGER adjudication_append_only ON annotation_adjudication;
DROP FUNCTION annotation_adjudication_is_append_only();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0003_rules_in_postgres'),
    ]

    operations = [
        migrations.CreateModel(
            name='Adjudication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.CharField(choices=[('similar', 'Similar'), ('not_similar', 'Not similar'), ('unsure', 'Unsure')], max_length=12, null=True)),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('similar_subject', 'Similar subject'), ('similar_opinion', 'Similar opinion'), ('same_controversy', 'Same controversy'), ('same_persons', 'Same persons'), ('same_undesirable_content', 'Same type of undesirable content'), ('other', 'Other')], max_length=32), default=list, size=None)),
                ('rationale', models.TextField(max_length=4000)),
                ('policy_example', models.BooleanField(db_default=False, help_text="Worth a place among the policy's examples.")),
                ('decided_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ConsensusState',
            fields=[
                ('campaign', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='consensus_state', serialize=False, to='annotation.campaign')),
                ('asked', models.CharField(help_text='The method that the campaign asks for.', max_length=12)),
                ('method', models.CharField(help_text='The one that was used.', max_length=12)),
                ('last_label', models.BigIntegerField()),
                ('labels', models.PositiveIntegerField()),
                ('cross_validated', models.PositiveIntegerField(help_text="Pairs with a model's unswayed word.")),
                ('computed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='CrossValidation',
            fields=[
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='cross_validation', serialize=False, to='annotation.trainingrun')),
                ('pairs', models.PositiveIntegerField(help_text='0: a class had too few to leave some out.')),
                ('finished_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='LabelDoubt',
            fields=[
                ('label', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='doubt', serialize=False, to='annotation.label')),
                ('quality', models.FloatField(help_text='P(the label is right), by people and model together.')),
            ],
        ),
        migrations.CreateModel(
            name='LookAgain',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.TextField(blank=True, max_length=1000)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('confirmed_at', models.DateTimeField(help_text='The answer is right as it is.', null=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='OutOfSample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('probability', models.FloatField()),
                ('leverage', models.FloatField(help_text="How far the pair's label can pull a model.")),
            ],
        ),
        migrations.CreateModel(
            name='PairConsensus',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('labels', models.PositiveSmallIntegerField()),
                ('votes_similar', models.PositiveSmallIntegerField()),
                ('votes_not_similar', models.PositiveSmallIntegerField()),
                ('votes_unsure', models.PositiveSmallIntegerField()),
                ('contrast', models.PositiveSmallIntegerField(help_text='2: similar against not similar; 1: against unsure; 0: all say the same.')),
                ('split_reasons', models.PositiveSmallIntegerField(help_text='A bit a reason that some of those who say similar give and others do not.')),
                ('judged', models.BooleanField(help_text='Has labels of its own, not only those of a twin.')),
                ('at_random', models.BooleanField(help_text='Drawn at random for one of its labels at least.')),
                ('first_at', models.DateTimeField(help_text='When its first label came.')),
                ('posterior', models.FloatField()),
                ('low', models.FloatField()),
                ('high', models.FloatField()),
                ('model', models.FloatField(help_text='The word of a model that had not seen them.', null=True)),
                ('with_model', models.FloatField(null=True)),
                ('with_model_low', models.FloatField(null=True)),
                ('with_model_high', models.FloatField(null=True)),
                ('importance', models.FloatField(help_text='How much a decision would settle: 0 to 3.')),
                ('disputed', models.BooleanField(help_text='Whether somebody had better decide, and nobody has.')),
            ],
        ),
        migrations.AddField(
            model_name='campaign',
            name='consensus_method',
            field=models.CharField(choices=[('majority', 'Majority: every answer counts the same'), ('dawid-skene', 'Dawid-Skene: each person’s kind of mistakes counts'), ('glad', 'GLAD: some pairs are harder than others'), ('mace', 'MACE: somebody may be guessing'), ('crowdlab', 'CROWDLAB: people weighed against each other and the model')], default='dawid-skene', help_text='How the labels of a pair become one answer, for exports and training.', max_length=12),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('consensus_method__in', ('majority', 'dawid-skene', 'glad', 'mace', 'crowdlab'))), name='campaign_consensus_method_known'),
        ),
        migrations.AddField(
            model_name='adjudication',
            name='campaign',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjudications', to='annotation.campaign'),
        ),
        migrations.AddField(
            model_name='adjudication',
            name='decided_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='adjudication',
            name='pair',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjudications', to='annotation.pair'),
        ),
        migrations.AddField(
            model_name='adjudication',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.policy'),
        ),
        migrations.AddField(
            model_name='adjudication',
            name='supersedes',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='annotation.adjudication'),
        ),
        migrations.AddField(
            model_name='consensusstate',
            name='run',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='annotation.trainingrun'),
        ),
        migrations.AddField(
            model_name='labeldoubt',
            name='campaign',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='doubts', to='annotation.campaign'),
        ),
        migrations.AddField(
            model_name='lookagain',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='lookagain',
            name='label',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='look_again', to='annotation.label'),
        ),
        migrations.AddField(
            model_name='outofsample',
            name='pair',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='annotation.pair'),
        ),
        migrations.AddField(
            model_name='outofsample',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='out_of_sample', to='annotation.trainingrun'),
        ),
        migrations.AddField(
            model_name='pairconsensus',
            name='campaign',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='consensus', to='annotation.campaign'),
        ),
        migrations.AddField(
            model_name='pairconsensus',
            name='pair',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.pair'),
        ),
        migrations.AddConstraint(
            model_name='adjudication',
            constraint=models.UniqueConstraint(condition=models.Q(('supersedes', None)), fields=('campaign', 'pair'), name='adjudication_first_once'),
        ),
        migrations.AddConstraint(
            model_name='adjudication',
            constraint=models.UniqueConstraint(fields=('id', 'campaign', 'pair'), name='adjudication_identity'),
        ),
        migrations.AddConstraint(
            model_name='adjudication',
            constraint=models.CheckConstraint(condition=models.Q(('verdict', None), ('verdict__in', ['similar', 'not_similar', 'unsure']), _connector='OR'), name='adjudication_verdict_known'),
        ),
        migrations.AddConstraint(
            model_name='adjudication',
            constraint=models.CheckConstraint(condition=models.Q(('reasons__contained_by', ['similar_subject', 'similar_opinion', 'same_controversy', 'same_persons', 'same_undesirable_content', 'other'])), name='adjudication_reasons_known'),
        ),
        migrations.AddConstraint(
            model_name='adjudication',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reasons__len__gte', 1), ('verdict', 'similar'), ('verdict__isnull', False)), models.Q(('reasons', []), models.Q(('verdict', None), models.Q(('verdict', 'similar'), _negated=True), _connector='OR')), _connector='OR'), name='adjudication_reasons_if_similar'),
        ),
        migrations.AddConstraint(
            model_name='adjudication',
            constraint=models.CheckConstraint(condition=models.Q(('rationale', ''), _negated=True), name='adjudication_has_a_rationale'),
        ),
        migrations.AddIndex(
            model_name='labeldoubt',
            index=models.Index(fields=['campaign', 'quality', 'label'], name='doubt_in_order'),
        ),
        migrations.AddConstraint(
            model_name='labeldoubt',
            constraint=models.CheckConstraint(condition=models.Q(('quality__gte', 0), ('quality__lte', 1)), name='doubt_quality_0_to_1'),
        ),
        migrations.AddConstraint(
            model_name='outofsample',
            constraint=models.UniqueConstraint(fields=('run', 'pair'), name='out_of_sample_once'),
        ),
        migrations.AddConstraint(
            model_name='outofsample',
            constraint=models.CheckConstraint(condition=models.Q(('probability__gte', 0), ('probability__lte', 1), ('leverage__gte', 0), ('leverage__lte', 1)), name='out_of_sample_0_to_1'),
        ),
        migrations.AddIndex(
            model_name='pairconsensus',
            index=models.Index(condition=models.Q(('contrast__gt', 0), ('judged', True)), fields=['campaign', '-contrast', '-labels', 'pair'], name='consensus_contrast'),
        ),
        migrations.AddIndex(
            model_name='pairconsensus',
            index=models.Index(condition=models.Q(('judged', True), ('split_reasons__gt', 0)), fields=['campaign', '-contrast', '-labels', 'pair'], name='consensus_split_reasons'),
        ),
        migrations.AddIndex(
            model_name='pairconsensus',
            index=models.Index(condition=models.Q(('disputed', True)), fields=['campaign', '-importance', 'pair'], name='consensus_disputed'),
        ),
        migrations.AddConstraint(
            model_name='pairconsensus',
            constraint=models.UniqueConstraint(fields=('campaign', 'pair'), name='consensus_once_a_pair'),
        ),
        migrations.AddConstraint(
            model_name='pairconsensus',
            constraint=models.CheckConstraint(condition=models.Q(('labels', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('votes_similar'), '+', models.F('votes_not_similar')), '+', models.F('votes_unsure'))), ('labels__gte', 1)), name='consensus_of_all_its_labels'),
        ),
        migrations.AddConstraint(
            model_name='pairconsensus',
            constraint=models.CheckConstraint(condition=models.Q(('high__lte', 1), ('low__gte', 0), ('low__lte', models.F('posterior')), ('high__gte', models.F('posterior'))), name='consensus_within_its_interval'),
        ),
        migrations.AddConstraint(
            model_name='pairconsensus',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('model', None), ('with_model', None), ('with_model_high', None), ('with_model_low', None)), models.Q(('model__gte', 0), ('model__isnull', False), ('model__lte', 1), ('with_model__isnull', False), ('with_model_high__gte', models.F('with_model')), ('with_model_high__isnull', False), ('with_model_high__lte', 1), ('with_model_low__gte', 0), ('with_model_low__isnull', False), ('with_model_low__lte', models.F('with_model'))), _connector='OR'), name='consensus_with_a_model_or_without'),
        ),
        migrations.RunSQL(DECIDED, NOT_DECIDED),
    ]
