from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from annotation import rules
from annotation.models import Policy
from annotation.queries.learning import learnable_by
from annotation.queries.policy import current_policy, policy_versions
from annotation.services.policies import note_reading
from annotation.views.access import PersonRequest, requires


@require_safe
@requires(rules.is_signed_in)
def policy(request: PersonRequest, version: int | None = None) -> HttpResponse:
    """One version of the written policy; the one that is in force where none is named."""
    current = current_policy()
    shown = get_object_or_404(Policy, version=version) if version is not None else current
    if shown is None:
        raise Http404
    context = {
        "policy": shown,
        "current": current,
        "versions": policy_versions(),
        "teaches": learnable_by(request.user).exists(),
    }
    return render(request, "policy/page.html", context)


@require_POST
@requires(rules.can_label)
def note_read(request: PersonRequest, version: int) -> HttpResponse:
    read = get_object_or_404(Policy, version=version)
    note_reading(person=request.user, policies=[read.pk])
    return redirect("label")
