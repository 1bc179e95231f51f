from argparse import ArgumentParser
from typing import Any

from annotation.management.commands._import import CampaignImportCommand
from annotation.models import Campaign, Round
from annotation.queries.learning import pairs_by_round
from annotation.services.importing import ImportReport, import_practice
from annotation.services.ranking import ask_for_ranking


class Command(CampaignImportCommand):
    help = (
        "Set the pairs of a campaign's practice and qualification rounds from a CSV or JSON Lines "
        "file with the columns pair_id (or video_a and video_b), round, verdict, explanation and, "
        "for similar pairs, reasons. The last line is JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--campaign", required=True, metavar="SLUG")

    def import_rows(self, **arguments: Any) -> ImportReport:
        return import_practice(campaign=self.campaign, **arguments)

    def after(self, report: ImportReport) -> None:
        if report.created:
            # A pair whose answer is told leaves the queue, now and with every ranking.
            ask_for_ranking(self.campaign.pk)
        pairs = pairs_by_round(campaign=self.campaign)
        for round_ in Round:
            stage = getattr(self.campaign, round_.value)
            count = pairs.get(round_.value, 0)
            if count and stage == Campaign.Stage.OFF:
                self.note(f"{round_.label}: {count} pairs, but none is asked until the admin says.")
