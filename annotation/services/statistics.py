from django.db import connection
from django.db.models import Model

BULK = 1_000


def note_bulk_change(*tables: type[Model], rows: int) -> None:
    """Have Postgres count anew what a bulk change of so many rows left in these tables.

    Autovacuum does it within a minute; until then a join may be planned for a table that is taken
    for empty, and then it reads the whole table once for every row.
    """
    if rows < BULK:
        return
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {table._meta.db_table}")
