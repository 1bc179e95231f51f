from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation import rules
from annotation.models import Campaign, Pair
from annotation.queries import study as queries
from annotation.queries.adjudication import waiting as to_decide
from annotation.queries.contests import waiting_contests
from annotation.queries.disagreements import disagreements
from annotation.queries.duplicates import twins_of_pair
from annotation.queries.learning_report import people_waiting
from annotation.queries.runs import auroc_over_time, serving_run_ids
from annotation.queries.second_thoughts import doubted
from annotation.queries.skips import skips_of_pair
from annotation.queries.study_progress import progress
from annotation.views import figures
from annotation.views.access import PersonRequest, requires
from annotation.views.paging import page_of

PEOPLE, LANGUAGES, PAIRS, KAPPAS, RUNS = 30, 15, 20, 20, 40


@require_safe
@never_cache
@requires(rules.can_see_study)
def study(request: PersonRequest) -> HttpResponse:
    campaign, campaigns = queries.shown_campaign(request.GET.get("campaign"))
    context: dict[str, Any] = {"campaign": campaign, "campaigns": campaigns}
    if campaign:
        context |= _agreement(request, campaign) | _progress(request, campaign)
        context |= _models(campaign) | _disagreements(request, campaign)
        context["slips"] = queries.count_to_many(doubted(campaign=campaign))
        context["to_decide"] = queries.count_to_many(to_decide(campaign=campaign))
        context["waiting"] = len(people_waiting(campaign=campaign))
        context["contested"] = waiting_contests(campaign=campaign).count()
    return render(request, "study/page.html", context)


def _agreement(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    report = campaign.reports.first()
    found = report.figures if report else {}
    kappas = page_of(request, found.get("cohen_kappa", []), size=KAPPAS, name="kappas")
    coefficients = figures.coefficients(found)
    return {
        "report": report,
        "alpha": found.get("alpha_nominal"),
        "reading": figures.reading(found.get("alpha_nominal")),
        "coefficients": coefficients,
        "alpha_chart": figures.alpha_chart(coefficients),
        "kappas": kappas,
        "kappa_chart": figures.kappa_chart(list(kappas)),
    }


def _progress(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    found = progress(campaign=campaign, report=campaign.reports.first())
    people = page_of(request, found.people, size=PEOPLE, name="people")
    languages = page_of(request, found.languages, size=LANGUAGES, name="languages")
    return {
        "totals": found.totals,
        "since_report": found.since,
        "people": people,
        "languages": languages,
        "language_chart": figures.language_chart(list(languages)),
        "days": found.days,
        "days_chart": figures.days_chart(found.days),
    }


def _models(campaign: Campaign) -> dict[str, Any]:
    runs = auroc_over_time(campaign=campaign, last=RUNS)
    queue = queries.queue_by_strategy(campaign=campaign)
    return {
        "runs": runs,
        "serving": serving_run_ids(),
        "auroc_chart": figures.auroc_chart(runs),
        "queue": queue,
        "ready": sum(row["ready"] for row in queue),
    }


def _disagreements(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    page = page_of(request, disagreements(campaign=campaign), size=PAIRS)
    pairs = queries.pairs_by_id(row["pair"] for row in page)
    rows = [{**row, "pair": pairs[row["pair"]]} for row in page]
    return {"page": page, "disagreements": rows}


@require_safe
@never_cache
@requires(rules.can_see_study)
def pair(request: PersonRequest, pair_id: int) -> HttpResponse:
    pairs = Pair.objects.select_related("rejected", "recommended")
    found = get_object_or_404(pairs, pk=pair_id)
    labels = page_of(request, queries.labels_of_pair(pair=found), size=PEOPLE)
    earlier = queries.earlier_labels(labels=labels)
    context = {
        "pair": found,
        "labels": labels,
        "answers": [(label, earlier.get(label.assignment_id, [])) for label in labels],
        "skips": skips_of_pair(pair=found),
        "twins": twins_of_pair(pair=found),
    }
    return render(request, "study/pair.html", context)
