"""Names that differ in more than capitals, and a time in which a run can train.

Where two people's names differ in capitals alone this stops and names them: rename one of them.
"""

import django.db.models.functions.text
from django.db import migrations, models

# What was written before the limits is brought within them; nothing must wait for the end of the
# transaction when the table is changed next.
WITHIN = """
UPDATE annotation_campaign SET time_budget_s = least(greatest(time_budget_s, 10), 604800)
WHERE time_budget_s NOT BETWEEN 10 AND 604800;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0012_what_a_password_ends'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.RunSQL(WITHIN, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('time_budget_s__gte', 10), ('time_budget_s__lte', 604800)), name='campaign_time_budget_10_s_to_7_days'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('username'), name='user_name_once_in_any_case', violation_error_message='Somebody has this username already, maybe in other capitals.'),
        ),
        migrations.AlterConstraint(
            model_name='user',
            name='user_agreed_hours_in_range',
            constraint=models.CheckConstraint(condition=models.Q(('agreed_hours', None), models.Q(('agreed_hours__gt', 0), ('agreed_hours__lte', 10000)), _connector='OR'), name='user_agreed_hours_in_range', violation_error_message='Agreed hours: give a number above 0, up to 10,000, or leave them empty.'),
        ),
    ]
