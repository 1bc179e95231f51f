"""Pairs that people judge once more, in campaigns of their own; known answers told afterwards."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

# Repeats are handed out, leased and judged by the rules of their campaign, whoever changes those.
FOLLOW = """
CREATE FUNCTION annotation_repeats_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE annotation_campaign SET (name, policy_id, state, everyone, lease_seconds, reasons_mode,
        mark_shared_words, counts_use)
        = (NEW.name, NEW.policy_id, NEW.state, NEW.everyone, NEW.lease_seconds, NEW.reasons_mode,
            NEW.mark_shared_words, NEW.counts_use)
    WHERE repeats_of_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER repeats_follow AFTER UPDATE ON annotation_campaign
    FOR EACH ROW WHEN (NEW.repeats_of_id IS NULL AND
        (OLD.name, OLD.policy_id, OLD.state, OLD.everyone, OLD.lease_seconds, OLD.reasons_mode,
            OLD.mark_shared_words, OLD.counts_use)
        IS DISTINCT FROM (NEW.name, NEW.policy_id, NEW.state, NEW.everyone, NEW.lease_seconds,
            NEW.reasons_mode, NEW.mark_shared_words, NEW.counts_use))
    EXECUTE FUNCTION annotation_repeats_follow();
"""
NOT_FOLLOW = """
DROP TRIGGER repeats_follow ON annotation_campaign;
DROP FUNCTION annotation_repeats_follow();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0005_people'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='campaign',
            options={'base_manager_name': 'every', 'ordering': ['-priority', 'id']},
        ),
        migrations.AlterModelManagers(
            name='campaign',
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('every', django.db.models.manager.Manager()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='label',
            name='label_strategy_known',
        ),
        migrations.RemoveConstraint(
            model_name='queueitem',
            name='queue_strategy_known',
        ),
        migrations.AddField(
            model_name='campaign',
            name='gold_feedback',
            field=models.BooleanField(default=False, help_text='Whoever answers such a pair is told the known answer, and why, afterwards.'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='repeat_after_hours',
            field=models.PositiveSmallIntegerField(default=72, help_text='Hours after which a judged pair may be shown to its judge again.'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='repeat_share',
            field=models.FloatField(default=0, help_text="Share of a person's pairs that they judged before: how far people agree with themselves."),
        ),
        migrations.AddField(
            model_name='campaign',
            name='repeats_of',
            field=models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='repeats', to='annotation.campaign'),
        ),
        migrations.AlterField(
            model_name='assignment',
            name='strategy',
            field=models.CharField(choices=[('random', 'Drawn at random'), ('uncertainty', 'The model was unsure'), ('relabel', 'Another opinion on a labelled pair'), ('gold', 'A pair whose answer is known'), ('repeat', 'A pair that the person judged before')], max_length=16),
        ),
        migrations.AlterField(
            model_name='label',
            name='strategy',
            field=models.CharField(choices=[('random', 'Drawn at random'), ('uncertainty', 'The model was unsure'), ('relabel', 'Another opinion on a labelled pair'), ('gold', 'A pair whose answer is known'), ('repeat', 'A pair that the person judged before')], max_length=16),
        ),
        migrations.AlterField(
            model_name='queueitem',
            name='strategy',
            field=models.CharField(choices=[('random', 'Drawn at random'), ('uncertainty', 'The model was unsure'), ('relabel', 'Another opinion on a labelled pair'), ('gold', 'A pair whose answer is known'), ('repeat', 'A pair that the person judged before')], max_length=16),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(fields=['assistant', 'campaign'], name='assignment_of_person'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('repeat_share__gte', 0), ('repeat_share__lte', 1)), name='campaign_repeat_share_0_to_1'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('repeat_after_hours__gte', 1), ('repeat_after_hours__lte', 1000)), name='campaign_repeat_after_hours_1_to_1000'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('repeats_of', None), models.Q(('generation', None), ('gold_share', 0), ('repeat_share', 0)), _connector='OR'), name='campaign_of_repeats_has_no_queue'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.CheckConstraint(condition=models.Q(('strategy__in', ['random', 'uncertainty', 'relabel', 'gold', 'repeat'])), name='label_strategy_known'),
        ),
        migrations.AddConstraint(
            model_name='queueitem',
            constraint=models.CheckConstraint(condition=models.Q(('strategy__in', ['random', 'uncertainty', 'relabel', 'gold', 'repeat'])), name='queue_strategy_known'),
        ),
        migrations.RemoveConstraint(
            model_name='contest',
            name='contest_figure_known',
        ),
        migrations.AddField(
            model_name='reliabilityreport',
            name='last_repeat',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='contest',
            name='figure',
            field=models.CharField(choices=[('consensus', 'Agreement with the others'), ('gold', 'Agreement with known answers'), ('repeats', 'Agreement with your own earlier answers'), ('confusion', 'Your answers beside those of the others'), ('weeks', 'Agreement over the weeks'), ('record', 'What the software expects of your answers'), ('other', 'Something else that is kept about you')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='contest',
            constraint=models.CheckConstraint(condition=models.Q(('figure__in', ['consensus', 'gold', 'repeats', 'confusion', 'weeks', 'record', 'other'])), name='contest_figure_known'),
        ),
        migrations.RunSQL(FOLLOW, NOT_FOLLOW),
    ]
