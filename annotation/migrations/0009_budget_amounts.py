"""A budget is a number that somebody can mean."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0008_ranking_due'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='budget',
            name='budget_not_negative',
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('amount__lte', 1000000)), name='budget_amount_known', violation_error_message='Give a number from 0 to a million.'),
        ),
    ]
