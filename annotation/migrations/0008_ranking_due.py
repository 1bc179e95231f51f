"""That a ranking was asked for, and what went wrong before the last one."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0007_told_and_work'),
    ]

    operations = [
        migrations.AddField(
            model_name='campaign',
            name='ranking_asked_at',
            field=models.DateTimeField(editable=False, help_text='When a ranking was asked for last; none once one has begun after that.', null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='ranking_problem',
            field=models.CharField(blank=True, db_default='', default='', editable=False, help_text="Why the last ranking did without the model's word on some pairs.", max_length=300),
        ),
    ]
