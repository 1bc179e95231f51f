"""Practice and qualification, for the person who goes through them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotation import rules
from annotation.forms import AnswerForm
from annotation.learning_forms import ReadForm
from annotation.models import Campaign, LearningAttempt, LearningTask, Round
from annotation.queries.learning import (
    Learning,
    RoundState,
    learnable_by,
    learning_of,
    learnings_of,
    own_task,
    seconds_learning,
    tasks_of,
)
from annotation.services import learning as services
from annotation.services.labels import InvalidAnswerError
from annotation.services.learning import LearningRefusedError
from annotation.views.access import PersonRequest, requires


@require_safe
@never_cache
@requires(rules.can_label)
def overview(request: PersonRequest) -> HttpResponse:
    campaigns = learnable_by(request.user)
    context = {
        "learnings": learnings_of(person=request.user, campaigns=campaigns),
        "seconds": seconds_learning(person=request.user),
    }
    return render(request, "learn/list.html", context)


@require_safe
@never_cache
@requires(rules.can_label)
def round_page(request: PersonRequest, slug: str, round_name: str) -> HttpResponse:
    """Where the person is in a round: before it, at a pair, at what is said of one, or after it."""
    learning, state = _asked_for(request, slug, round_name)
    attempt = state.last
    if attempt is None:
        return render(request, "learn/intro.html", _context(learning, state))
    tasks = tasks_of(attempt)
    if (task := _unread(attempt, tasks)) is not None:
        return render(request, "learn/feedback.html", _pair_context(learning, state, task))
    if (task := _unanswered(tasks)) is not None:
        services.show(task=task)
        return render(request, "learn/pair.html", _pair_context(learning, state, task))
    context = _context(learning, state) | {"attempt": attempt, "tasks": tasks}
    return render(request, "learn/result.html", context)


@require_POST
@requires(rules.can_label)
def begin(request: PersonRequest, slug: str, round_name: str) -> HttpResponse:
    learning, state = _asked_for(request, slug, round_name)
    try:
        services.begin(person=request.user, campaign=learning.campaign, round_=state.round)
    except LearningRefusedError as refused:
        messages.warning(request, str(refused))
        return redirect("learn")
    return redirect("learn-round", slug, round_name)


@require_POST
@requires(rules.can_label)
def answer(request: PersonRequest, task_id: int) -> HttpResponse:
    task = _own_task(request, task_id)
    form = AnswerForm(request.POST)
    try:
        if form.is_valid():
            given = form.answer(measured=services.seconds_since_shown(task=task))
            services.answer(person=request.user, task=task, answer=given)
            return _on(task)
    except InvalidAnswerError as error:
        form.refuse(error.errors)
    learning = learning_of(person=request.user, campaign=task.attempt.campaign)
    state = learning.of(Round(task.attempt.round))
    context = _pair_context(learning, state, task) | {"form": form}
    return render(request, "learn/pair.html", context, status=400)


@require_POST
@requires(rules.can_label)
def read(request: PersonRequest, task_id: int) -> HttpResponse:
    """The feedback was read; on to the next pair."""
    task = _own_task(request, task_id)
    form = ReadForm(request.POST)
    seconds = form.cleaned_data["seconds"] if form.is_valid() else None
    services.note_read(person=request.user, task=task, seconds=seconds)
    return _on(task)


def _asked_for(request: PersonRequest, slug: str, name: str) -> tuple[Learning, RoundState]:
    """404 for a round that there is not, and for a campaign in which the person never was."""
    campaign = Campaign.objects.filter(slug=slug).select_related("policy").first()
    if campaign is None or name not in Round.values:
        raise Http404
    learning = learning_of(person=request.user, campaign=campaign)
    state = learning.of(Round(name))
    is_open = state.is_on and learnable_by(request.user).filter(pk=campaign.pk).exists()
    if not (is_open or state.attempts):
        raise Http404
    return learning, state


def _own_task(request: PersonRequest, task_id: int) -> LearningTask:
    task = own_task(person=request.user, task_id=task_id)
    if task is None:
        raise Http404
    return task


def _on(task: LearningTask) -> HttpResponse:
    return redirect("learn-round", task.attempt.campaign.slug, task.attempt.round)


def _unread(attempt: LearningAttempt, tasks: list[LearningTask]) -> LearningTask | None:
    """The pair whose feedback was not left yet; a qualification says all of it at its end."""
    if attempt.round != Round.PRACTICE:
        return None
    return next((each for each in tasks if _is_answered(each) and each.read_at is None), None)


def _unanswered(tasks: list[LearningTask]) -> LearningTask | None:
    return next((each for each in tasks if not _is_answered(each)), None)


def _is_answered(task: LearningTask) -> bool:
    return hasattr(task, "answer")


def _context(learning: Learning, state: RoundState) -> dict[str, Any]:
    campaign = learning.campaign
    return {
        "learning": learning,
        "state": state,
        "campaign": campaign,
        "policy": campaign.policy,
        "is_practice": state.round == Round.PRACTICE,
    }


def _pair_context(learning: Learning, state: RoundState, task: LearningTask) -> dict[str, Any]:
    attempt = state.last
    return _context(learning, state) | {
        "task": task,
        "key": task.key,
        "pair": task.key.pair,
        "total": attempt.total if attempt else 0,
        "is_last": bool(attempt and task.position == attempt.total),
    }
