from argparse import ArgumentParser
from typing import Any

from annotation.management.commands._import import CampaignImportCommand
from annotation.services.importing import ImportReport, import_gold
from annotation.services.ranking import ask_for_ranking


class Command(CampaignImportCommand):
    help = (
        "Set the known answers of a campaign from a CSV or JSON Lines file with the columns "
        "pair_id, verdict and, if there is one, rationale."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="its slug")
        super().add_arguments(parser)

    def import_rows(self, **arguments: Any) -> ImportReport:
        return import_gold(campaign=self.campaign, **arguments)

    def after(self, report: ImportReport) -> None:
        if report.created:
            # A known pair comes by its share and leaves the queue with the next ranking.
            ask_for_ranking(self.campaign.pk)
        if self.campaign.gold_share == 0:
            self.note("They are mixed in once the campaign’s share of known answers is set.")
