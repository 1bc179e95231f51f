from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from annotation.models import Campaign, Promotion, TrainingRun, User
from annotation.queries.serving import served_run
from annotation.services.artefacts import embedding_cache, model_of, require_files
from annotation.services.ranking import ask_for_ranking
from annotation.services.runs import RunRefusedError, note, record

if TYPE_CHECKING:
    from modeling.schema import PairExample

log = structlog.get_logger(__name__)


class OvertakenError(Exception):
    """Another model is served than the one that was compared with; the message says which."""


@dataclass(frozen=True, slots=True)
class Decision:
    promote: bool
    champion: TrainingRun | None
    reason: str


def decide(*, run: TrainingRun, examples: "list[PairExample]") -> Decision:
    """Whether `run` serves from now on: AUROC on the same held-out random pairs decides, the
    newer model winning a tie. The served model's figures on them are kept with the run.
    """
    from modeling.recipes import ArtefactError

    champion = served_run(run.campaign)
    if champion is None:
        return Decision(True, None, "Promoted: the first model of this campaign")
    if champion.pk == run.pk:
        return Decision(True, champion, "Promoted by an earlier attempt of this run")
    try:
        figures = _figures_of(champion, [e for e in examples if e.split == "test"])
    except ArtefactError as error:
        reason = f"Promoted: the model of run {champion.pk} cannot be read ({error})"
        return Decision(True, champion, reason)
    record(run, metrics={**run.metrics, "champion": {"run": champion.pk, **figures}})
    own = run.metrics.get("later") or run.metrics.get("test", {}).get("overall")
    new, old = _auroc(own), _auroc(figures)
    if new is None or old is None:
        return Decision(
            True, champion, "Promoted: too few held-out labels yet to compare, and it knows more"
        )
    comparison = f"AUROC {new:.3f} against {old:.3f} of run {champion.pk} on the held-out pairs"
    if new >= old:
        return Decision(True, champion, f"Promoted: {comparison}")
    return Decision(False, champion, f"Not promoted: {comparison}")


def decide_anew(*, run: TrainingRun, examples: "list[PairExample]") -> Decision:
    """After another model was promoted meanwhile: it takes the champion's place in the comparison,
    unless somebody chose it by hand, who meant it to be served."""
    latest = run.campaign.promotions.select_related("run__campaign", "promoted_by").first()
    if latest is None or latest.promoted_by is None:
        return decide(run=run, examples=examples)
    by = latest.promoted_by.get_username()
    reason = f"Not promoted: {by} chose run {latest.run_id} while this one was evaluated"
    return Decision(False, latest.run, reason)


def evaluate_again(*, run: TrainingRun, examples: "list[PairExample]") -> None:
    """Keep `run`'s figures on what is held out now, for a run that is gone on with: its own are of
    the labels that there were when it trained, and the served model's would be of others."""
    figures = _figures_of(run, [e for e in examples if e.split == "test"])
    record(run, metrics={**run.metrics, "later": figures})


def _figures_of(champion: TrainingRun, test: "list[PairExample]") -> dict[str, Any]:
    from modeling.evaluation import clusters_of, evaluate

    if not test:
        return {}
    predictions = model_of(champion).predict(test, embedding_cache=embedding_cache())
    probabilities = [p.probability for p in predictions]
    targets = [e.target or 0.0 for e in test]
    return dict(evaluate(probabilities, targets, clusters=clusters_of(test)))


def _auroc(figures: dict[str, Any] | None) -> float | None:
    return ((figures or {}).get("auroc") or {}).get("value")


@transaction.atomic
def carry_out(*, run: TrainingRun, decision: Decision) -> None:
    """Promote `run` if that was decided, as long as the champion of the decision is still served.

    Raises: OvertakenError when it is not.
    """
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=run.campaign_id)
    latest = campaign.promotions.first()
    if latest and latest.run_id != (decision.champion and decision.champion.pk):
        raise OvertakenError(f"Run {latest.run_id} was promoted meanwhile: deciding anew")
    if decision.promote:
        promote(run=run, by=None, reason=decision.reason)


@transaction.atomic
def promote(*, run: TrainingRun, by: User | None, reason: str) -> bool:
    """Serve `run`'s model from now on: one row. False when it is served already; nothing is
    written then.

    Raises: RunRefusedError when the run has no model (any more).
    """
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=run.campaign_id)
    latest = campaign.promotions.first()
    if latest and latest.run_id == run.pk:
        return False
    # Held against whoever discards old models.
    now = TrainingRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if not now.artefact:
        raise RunRefusedError(_("%(run)s has no model to promote.") % {"run": run})
    if now.artefact_removed_at:
        refusal = _("%(run)s cannot be served any more: its model was removed to save room.")
        raise RunRefusedError(refusal % {"run": run})
    Promotion.objects.create(campaign=campaign, run=run, promoted_by=by, reason=reason[:300])
    return True


@transaction.atomic
def promote_by_hand(*, run: TrainingRun, by: User) -> bool:
    """Promote or roll back to `run`, then have a training worker re-rank by it. False when it was
    served already, which only has the queue ranked anew.

    Raises: RunRefusedError when the run did not succeed or its files are not there.
    """
    if run.status != TrainingRun.Status.SUCCEEDED:
        raise RunRefusedError(
            _("%(run)s did not succeed; only a finished model can be served.") % {"run": run}
        )
    if promoted := promote(run=run, by=by, reason=f"By hand ({by.get_username()})"):
        note(run, f"Promoted by {by.get_username()}")
    _require_files(run)
    ask_for_ranking(run.campaign_id)
    return promoted


def _require_files(run: TrainingRun) -> None:
    from modeling.errors import ArtefactError

    try:
        require_files(run)
    except ArtefactError as error:
        log.warning("model cannot be served", run=run.pk, error=str(error))
        refusal = _("%(run)s cannot be served: its files are missing; put them back or retrain.")
        raise RunRefusedError(refusal % {"run": run}) from error
