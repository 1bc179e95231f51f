from annotation.management.commands._import import ImportCommand
from annotation.services.importing import ImportReport, import_pairs


class Command(ImportCommand):
    help = "Create or update pairs of videos from a CSV or JSON Lines file."
    import_rows = staticmethod(import_pairs)

    def after(self, report: ImportReport) -> None:
        if "label" in report.ignored:
            self.note("Labels in the file are not imported: people give them here.")
        if report.read > report.rejected:
            self.note('To serve them: python manage.py open_campaign "NAME" --source SOURCE')
