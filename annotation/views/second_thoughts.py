"""Labels that may be slips: for the coordinator to send back, for their authors to look at."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotation import rules
from annotation.models import Label
from annotation.models.second_thoughts import MAX_NOTE
from annotation.queries import second_thoughts as queries
from annotation.queries.study import shown_campaign
from annotation.services.second_thoughts import AskingRefusedError, ask_to_look_again, confirm
from annotation.views.access import PersonRequest, requires
from annotation.views.downloads import csv_file
from annotation.views.paging import page_of

SIZE = 20
COLUMNS = (
    "label_id", "pair_id", "assistant", "verdict", "quality", "posterior", "model_probability",
)  # fmt: skip


class NoteForm(forms.Form):
    note = forms.CharField(max_length=MAX_NOTE, required=False)


@require_safe
@never_cache
@requires(rules.can_adjudicate)
def likely_errors(request: PersonRequest) -> HttpResponse:
    campaign, campaigns = shown_campaign(request.GET.get("campaign"))
    context: dict[str, Any] = {"campaign": campaign, "campaigns": campaigns}
    if campaign:
        page = page_of(request, queries.doubted(campaign=campaign), size=SIZE)
        held = queries.estimates(campaign=campaign, pairs=[row.label.pair_id for row in page])
        context |= {
            "page": page,
            "rows": [(row, held.get(row.label.pair_id)) for row in page],
            "asked": page_of(request, queries.asked(campaign=campaign), size=SIZE, name="asked"),
            "consensus": getattr(campaign, "consensus_state", None),
        }
    return render(request, "second_thoughts/list.html", context)


@require_safe
@never_cache
@requires(rules.can_adjudicate)
def likely_errors_csv(request: PersonRequest) -> HttpResponse:
    """The whole list, numbers as they are."""
    campaign, _all = shown_campaign(request.GET.get("campaign"))
    if campaign is None:
        raise Http404("no campaign yet")
    rows = list(queries.doubted(campaign=campaign))
    held = queries.estimates(campaign=campaign, pairs=[row.label.pair_id for row in rows])
    flat = [
        {
            "label_id": row.label_id,
            "pair_id": row.label.pair.pair_id,
            "assistant": row.label.assistant.username,
            "verdict": row.label.verdict,
            "quality": row.quality,
            "posterior": held[row.label.pair_id].posterior,
            "model_probability": held[row.label.pair_id].model,
        }
        for row in rows
    ]
    return csv_file(f"doubted-{campaign.slug}", flat, COLUMNS, is_data=True)


@require_POST
@requires(rules.can_adjudicate)
def look_again(request: PersonRequest, label_id: int) -> HttpResponse:
    label = get_object_or_404(Label.objects.select_related("assistant", "campaign"), pk=label_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The note is too long: nobody was asked."))
        return redirect(_back(request, label))
    try:
        ask_to_look_again(label=label, by=request.user, note=form.cleaned_data["note"])
    except AskingRefusedError as refused:
        messages.error(request, str(refused))
    else:
        said = _("%(person)s finds it under their labels, to change or to confirm.")
        messages.success(request, said % {"person": label.assistant.display_name})
    return redirect(_back(request, label))


@require_POST
@requires(rules.can_label)
def stand_by(request: PersonRequest, label_id: int) -> HttpResponse:
    """The author's word that the answer is right as it is."""
    if confirm(assistant=request.user, label_id=label_id):
        messages.success(request, _("Thank you for looking again. Your answer stays as it is."))
    return redirect("my-labels")


def _back(request: HttpRequest, label: Label) -> str:
    return f"{reverse('likely-errors')}?campaign={label.campaign.slug}"
