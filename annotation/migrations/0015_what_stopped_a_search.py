"""What stopped a search for duplicates, for the page that tells of the last one."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0014_removed_models'),
    ]

    operations = [
        migrations.AddField(
            model_name='duplicatesearch',
            name='problem',
            field=models.CharField(blank=True, db_default='', default='', help_text='What stopped it.', max_length=300),
        ),
    ]
