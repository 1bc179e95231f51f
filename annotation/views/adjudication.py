"""The pairs whose answer somebody had better decide on, one beside the other and one at a time."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import rules
from annotation.adjudication_forms import DecisionForm, OpenAgainForm, decision_form
from annotation.models import Campaign, Pair, PairConsensus
from annotation.queries import adjudication as queries
from annotation.queries.study import earlier_labels, shown_campaign
from annotation.services import adjudication as services
from annotation.services.adjudication import DecisionRefusedError
from annotation.views.access import PersonRequest, requires
from annotation.views.paging import page_of

SIZE = 20


@require_safe
@never_cache
@requires(rules.can_adjudicate)
def adjudication(request: PersonRequest) -> HttpResponse:
    campaign, campaigns = shown_campaign(request.GET.get("campaign"))
    state = "decided" if request.GET.get("state") == "decided" else "open"
    context: dict[str, Any] = {"campaign": campaign, "campaigns": campaigns, "state": state}
    if campaign:
        waiting, decided = queries.waiting(campaign=campaign), queries.decided(campaign=campaign)
        page = page_of(request, waiting if state == "open" else decided, size=SIZE)
        votes = queries.votes(campaign=campaign, pairs=[row.pair_id for row in page])
        context |= {
            "page": page,
            "rows": [(row, votes[row.pair_id]) for row in page],
            "consensus": getattr(campaign, "consensus_state", None),
            "states": [
                ("open", _("To decide"), waiting.count()),
                ("decided", _("Decided"), decided.count()),
            ],
        }
    return render(request, "adjudication/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires(rules.can_adjudicate)
def decide(request: PersonRequest, slug: str, pair_id: int) -> HttpResponse:
    campaign, pair = _found(slug, pair_id)
    if request.method != "POST":
        return _page(request, campaign, pair, None)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            services.adjudicate(
                campaign=campaign, pair=pair, by=request.user, decision=form.decision()
            )
        except DecisionRefusedError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Decided. It is the pair’s consensus from now on."))
            return redirect(_next(campaign))
    return _page(request, campaign, pair, form)


@require_POST
@requires(rules.can_adjudicate)
def open_again(request: PersonRequest, slug: str, pair_id: int) -> HttpResponse:
    campaign, pair = _found(slug, pair_id)
    form = OpenAgainForm(request.POST)
    if form.is_valid():
        try:
            services.open_again(campaign=campaign, pair=pair, by=request.user, **form.cleaned_data)
        except DecisionRefusedError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Open again: what people say counts until it is decided."))
    else:
        messages.error(request, _first_problem(form))
    return redirect("adjudicate", slug=slug, pair_id=pair_id)


def _found(slug: str, pair_id: int) -> tuple[Campaign, Pair]:
    campaign = get_object_or_404(Campaign.objects.select_related("policy"), slug=slug)
    pair = get_object_or_404(Pair.objects.select_related("rejected", "recommended"), pk=pair_id)
    if not campaign.labels.filter(pair=pair).exists():
        raise Http404("nobody has judged this pair in this campaign")
    return campaign, pair


def _next(campaign: Campaign) -> str:
    """The pair to decide on next, the list when there is none."""
    first = queries.waiting(campaign=campaign).values_list("pair", flat=True).first()
    if first is None:
        return f"{reverse('adjudication')}?campaign={campaign.slug}"
    return reverse("adjudicate", args=[campaign.slug, first])


def _page(
    request: HttpRequest, campaign: Campaign, pair: Pair, form: DecisionForm | None
) -> HttpResponse:
    history = list(queries.history(campaign=campaign, pair=pair))
    labels = page_of(request, queries.answers(campaign=campaign, pair=pair), size=SIZE)
    earlier = earlier_labels(labels=labels)
    context = {
        "campaign": campaign,
        "policy": campaign.policy,
        "pair": pair,
        "labels": labels,
        "answers": [(label, earlier.get(label.assignment_id, [])) for label in labels],
        "history": history,
        "latest": history[0] if history else None,
        "consensus": PairConsensus.objects.filter(campaign=campaign, pair=pair).first(),
        "form": form or decision_form(history[0] if history else None),
        "is_gold": queries.is_gold(campaign=campaign, pair=pair),
        "left": queries.waiting(campaign=campaign).count(),
    }
    return render(request, "adjudication/pair.html", context, status=400 if form else 200)


def _first_problem(form: Form) -> str:
    return str(next(iter(form.errors.values()))[0])
