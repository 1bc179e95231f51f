from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from annotation import rules
from annotation.forms import RevisionForm, revision_of
from annotation.history_forms import HistoryForm
from annotation.models import Label
from annotation.queries.history import own_label, own_labels
from annotation.queries.history_search import own_campaigns, own_languages, search_own_labels
from annotation.queries.progress import own_progress
from annotation.queries.second_thoughts import to_look_at
from annotation.services import labels
from annotation.services.labels import InvalidAnswerError, LabelRefusedError
from annotation.views.access import PersonRequest, requires
from annotation.views.paging import page_of

PAGE_SIZE, ASKED = 25, 5


@require_safe
@never_cache
@requires(rules.can_label)
def my_labels(request: PersonRequest) -> HttpResponse:
    form = HistoryForm(
        request.GET,
        campaigns=own_campaigns(assistant=request.user),
        languages=own_languages(assistant=request.user),
    )
    found = search_own_labels(assistant=request.user, wanted=form.wanted)
    filters = [field for field in form if field.name != "q"]
    context = {
        "form": form,
        "filters": filters,
        "narrowed": any(field.data or field.errors for field in filters),
        "page": page_of(request, found, size=PAGE_SIZE),
        "progress": own_progress(request.user),
        "look_again": page_of(
            request, to_look_at(assistant=request.user), size=ASKED, name="asked"
        ),
    }
    return render(request, "labels/list.html", context)


@require_safe
@never_cache
@requires(rules.can_label)
def last_label(request: PersonRequest) -> HttpResponse:
    latest = own_labels(assistant=request.user).first()
    return redirect("my-label", latest.pk) if latest else redirect("my-labels")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires(rules.can_label)
def my_label(request: PersonRequest, label_id: int) -> HttpResponse:
    label = own_label(assistant=request.user, label_id=label_id)
    if label is None:
        raise Http404
    form = revision_of(label)
    if request.method == "POST":
        form = RevisionForm(request.POST)
        if form.is_valid() and (response := _revise(request, label, form)):
            return response
    context = {"label": label, "pair": label.pair, "policy": label.policy, "form": form}
    return render(request, "labels/change.html", context, status=400 if form.errors else 200)


def _revise(request: PersonRequest, label: Label, form: RevisionForm) -> HttpResponse | None:
    try:
        labels.revise(
            assistant=request.user,
            label_id=label.pk,
            submission=form.cleaned_data["submission"],
            answer=form.answer(measured=0.0),
        )
    except InvalidAnswerError as error:
        form.refuse(error.errors)
        return None
    except LabelRefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your answer is changed."))
    return redirect("my-labels")
