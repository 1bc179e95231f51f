from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotation import rules
from annotation.forms import AnswerForm
from annotation.models import Assignment, User
from annotation.queries.history import own_assignment, seconds_since_served
from annotation.queries.learning import offered_to
from annotation.queries.nothing import why_nothing
from annotation.queries.pace import agreed_hours, is_enough_today
from annotation.queries.policy import current_policy, known_versions, unread_policy
from annotation.queries.progress import own_progress
from annotation.services import claim, labels
from annotation.services.gold_feedback import feedback_on
from annotation.services.labels import InvalidAnswerError, LabelRefusedError
from annotation.views.access import PersonRequest, requires

# Stands for an assignment in the addresses that the page fills in.
PLACEHOLDER = UUID(int=0)


@require_safe
@never_cache
@requires(rules.is_signed_in)
def home(request: PersonRequest) -> HttpResponse:
    return redirect("study" if rules.can_see_study(request.user) else "label")


@require_safe
@never_cache
@requires(rules.can_label)
def label(request: PersonRequest) -> HttpResponse:
    assignments = claim.claim(assistant=request.user)
    if not assignments and (news := unread_policy(request.user)):
        return render(request, "label/news.html", {"policy": news})
    context = _workspace(request.user, assignments)
    return render(request, "label/page.html", context)


def _workspace(assistant: User, assignments: list[Assignment]) -> dict[str, Any]:
    nothing = {} if assignments else {"why": why_nothing(assistant=assistant)}
    progress = own_progress(assistant)
    policy = assignments[0].policy if assignments else current_policy()
    return {
        "assignments": assignments,
        "policy": policy,
        "known_versions": known_versions(assistant),
        "progress": progress,
        "enough_today": is_enough_today(assistant, progress),
        "agreed_hours": agreed_hours(assistant),
        "practice": offered_to(assistant),
        "placeholder": PLACEHOLDER,
        **nothing,
    }


@require_POST
@requires(rules.can_label)
def answer(request: PersonRequest, assignment_id: UUID) -> HttpResponse:
    if "skip" in request.POST:
        return skip(request, assignment_id)
    form = AnswerForm(request.POST)
    measured = seconds_since_served(assistant=request.user, assignment_id=assignment_id)
    try:
        if form.is_valid():
            given = form.answer(measured=measured)
            submitted = labels.submit(
                assistant=request.user, assignment_id=assignment_id, answer=given
            )
            if told := feedback_on(submitted.label):
                messages.info(request, told)
            return redirect("label")
    except InvalidAnswerError as error:
        form.refuse(error.errors)
    except LabelRefusedError as error:
        messages.error(request, str(error))
        return redirect("label")
    return _again(request, assignment_id, form)


def _again(request: PersonRequest, assignment_id: UUID, form: AnswerForm) -> HttpResponse:
    assignment = own_assignment(assistant=request.user, assignment_id=assignment_id)
    if assignment is None:
        raise Http404
    context = _workspace(request.user, [assignment]) | {"form": form}
    return render(request, "label/page.html", context, status=400)


@require_POST
@requires(rules.can_label)
def skip(request: PersonRequest, assignment_id: UUID) -> HttpResponse:
    try:
        reason = request.POST.get("skip") or None
        labels.skip(assistant=request.user, assignment_id=assignment_id, reason=reason)
    except LabelRefusedError as error:
        messages.error(request, str(error))
    return redirect("label")
