from annotation.management.commands._import import ImportCommand
from annotation.services.importing import import_videos


class Command(ImportCommand):
    help = "Create or update videos from a CSV or JSON Lines file."
    import_rows = staticmethod(import_videos)
