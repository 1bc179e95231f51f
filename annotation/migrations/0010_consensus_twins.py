"""A consensus knows which twins its labels came through."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0009_budget_amounts'),
    ]

    operations = [
        migrations.AddField(
            model_name='consensusstate',
            name='twins',
            field=models.CharField(db_default='', help_text='Differs where the groups do through which labels count; empty: through none.', max_length=32),
        ),
    ]
