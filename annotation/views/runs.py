from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotation import rules
from annotation.models import TrainingRun
from annotation.queries.runs import metric_rows, run_list, run_with_details, serving_run_ids
from annotation.services.runs import cancel_run
from annotation.views.access import PersonRequest, requires
from annotation.views.paging import page_of

PAGE_SIZE = 25


@require_safe
@never_cache
@requires(rules.can_see_study)
def runs(request: PersonRequest) -> HttpResponse:
    context = {
        "page": page_of(request, run_list(), size=PAGE_SIZE),
        "serving": serving_run_ids(),
    }
    return render(request, "runs/list.html", context)


@require_safe
@never_cache
@requires(rules.can_see_study)
def run(request: PersonRequest, run_id: int) -> HttpResponse:
    found, events = run_with_details(run_id)
    context = {
        "run": found,
        "events": events,
        "metric_rows": metric_rows(found),
        "is_serving": found.pk in serving_run_ids(),
    }
    return render(request, "runs/page.html", context)


@require_POST
@requires(rules.can_manage_runs)
def cancel(request: PersonRequest, run_id: int) -> HttpResponse:
    found = get_object_or_404(TrainingRun, pk=run_id)
    if found.is_active:
        cancel_run(run=found, by=request.user)
        messages.success(request, _("The run will stop at its next step. Nothing served changes."))
    else:
        messages.info(request, _("This run had ended already."))
    return redirect("run", found.pk)
