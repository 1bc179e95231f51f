"""A run whose model was removed says so; nobody serves it then, and no served one is removed."""

from django.db import migrations, models

# Each holds the row of the run, so that of two at once the second sees what the first has done.
SERVED_OR_REMOVED = """
CREATE FUNCTION annotation_promoted_run_has_its_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM annotation_trainingrun
        WHERE id = NEW.run_id AND artefact_removed_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the model of run % was removed', NEW.run_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER promoted_run_has_its_model BEFORE INSERT OR UPDATE OF run_id
    ON annotation_promotion FOR EACH ROW EXECUTE FUNCTION annotation_promoted_run_has_its_model();
CREATE FUNCTION annotation_removed_model_never_served() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM annotation_promotion WHERE run_id = NEW.id) THEN
        RAISE EXCEPTION 'the model of run % was promoted', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER removed_model_never_served BEFORE UPDATE OF artefact_removed_at
    ON annotation_trainingrun FOR EACH ROW WHEN (NEW.artefact_removed_at IS NOT NULL)
    EXECUTE FUNCTION annotation_removed_model_never_served();
"""
NEITHER = """
DROP TRIGGER promoted_run_has_its_model ON annotation_promotion;
DROP FUNCTION annotation_promoted_run_has_its_model();
DROP TRIGGER removed_model_never_served ON annotation_trainingrun;
DROP FUNCTION annotation_removed_model_never_served();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0013_limits_of_people_and_campaigns'),
    ]

    operations = [
        migrations.AddField(
            model_name='trainingrun',
            name='artefact_removed_at',
            field=models.DateTimeField(blank=True, help_text='Since then the files of its model are gone; it cannot be served any more.', null=True),
        ),
        migrations.AddConstraint(
            model_name='trainingrun',
            constraint=models.CheckConstraint(condition=models.Q(('artefact_removed_at', None), models.Q(models.Q(('artefact', ''), _negated=True), ('status__in', ['succeeded', 'failed', 'cancelled'])), _connector='OR'), name='run_removed_model_ended'),
        ),
        migrations.RunSQL(SERVED_OR_REMOVED, NEITHER),
    ]
