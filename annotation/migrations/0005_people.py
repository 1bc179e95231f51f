"""Figures on people and what they contest; times of labels become coarse after seven days."""

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# A label keeps its time as measured for seven days, then in whole minutes, a quarter of an hour at
# most. Each moves by a minute or less, which leaves room for carrying what is rounded off to the
# next one, so that sums stay (`annotation.services.timing`). What is coarse already stays.
COARSE = """
CREATE FUNCTION annotation_is_coarse(seconds double precision) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN seconds <= 900 AND floor(seconds / 60) * 60 = seconds;
CREATE OR REPLACE FUNCTION annotation_label_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise_same annotation_label := OLD;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.created_at <= now() - interval '7 days'
        AND NOT annotation_is_coarse(OLD.seconds) AND annotation_is_coarse(NEW.seconds)
        AND abs(NEW.seconds - least(OLD.seconds, 900)) <= 60
    THEN
        otherwise_same.seconds := NEW.seconds;
        IF NEW IS NOT DISTINCT FROM otherwise_same THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'labels are append-only: supersede label % instead', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
"""
NOT_COARSE = """
CREATE OR REPLACE FUNCTION annotation_label_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'labels are append-only: supersede label % instead', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
DROP FUNCTION annotation_is_coarse(double precision);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0004_consensus'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReliabilityReport',
            fields=[
                ('campaign', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='reliability', serialize=False, to='annotation.campaign')),
                ('computed_at', models.DateTimeField()),
                ('last_label', models.BigIntegerField()),
                ('gold_digest', models.CharField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name='Contest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('figure', models.CharField(choices=[('consensus', 'Agreement with the others'), ('gold', 'Agreement with known answers'), ('confusion', 'Your answers beside those of the others'), ('weeks', 'Agreement over the weeks'), ('record', 'What the software expects of your answers'), ('other', 'Something else that is kept about you')], max_length=10)),
                ('shown', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ('text', models.TextField(max_length=4000)),
                ('state', models.CharField(choices=[('open', 'Waits for an answer'), ('answered', 'Answered'), ('accepted', 'Accepted')], default='open', max_length=8)),
                ('reply', models.TextField(blank=True, max_length=4000)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('campaign', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='contests', to='annotation.campaign')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contests', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['campaign', '-id'], name='contest_latest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('figure__in', ['consensus', 'gold', 'confusion', 'weeks', 'record', 'other'])), name='contest_figure_known'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'answered', 'accepted'])), name='contest_state_known'), models.CheckConstraint(condition=models.Q(('text__regex', '\\S')), name='contest_text_not_empty'), models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('answered_by', None), ('reply', ''), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('answered_at__isnull', False), ('answered_by__isnull', False), ('reply__regex', '\\S')), _connector='OR'), name='contest_answered_by_somebody'), models.CheckConstraint(condition=models.Q(('answered_by', None), models.Q(('answered_by', models.F('person')), _negated=True), _connector='OR'), name='contest_not_answered_by_oneself'), models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('campaign', 'person', 'figure'), name='contest_open_once_a_figure')],
            },
        ),
        migrations.CreateModel(
            name='PersonReliability',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('figures', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reliability', to=settings.AUTH_USER_MODEL)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='annotation.reliabilityreport')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('report', 'person'), name='reliability_once_a_person')],
            },
        ),
        migrations.RunSQL(COARSE, NOT_COARSE),
    ]
