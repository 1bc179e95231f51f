"""What is a person's own: their settings, and their pace."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from annotation import rules
from annotation.preferences_form import PreferencesForm
from annotation.queries.pace import agreed_hours, own_days
from annotation.queries.progress import own_progress
from annotation.services.preferences import set_preferences
from annotation.views import figures
from annotation.views.access import PersonRequest, requires


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires(rules.is_signed_in)
def settings(request: PersonRequest) -> HttpResponse:
    form = PreferencesForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        set_preferences(person=request.user, **form.chosen())
        messages.success(request, _("Your settings are kept. They count from the next pair on."))
        return redirect("me")
    return render(request, "me/settings.html", {"form": form}, status=400 if form.errors else 200)


@require_safe
@never_cache
@requires(rules.is_signed_in)
def pace(request: PersonRequest) -> HttpResponse:
    days = own_days(request.user)
    context = {
        "progress": own_progress(request.user),
        "agreed_hours": agreed_hours(request.user),
        "worked": [day for day in reversed(days) if day.pairs or day.seconds],
        "pairs_chart": figures.own_pairs_chart(days),
        "hours_chart": figures.own_hours_chart(days),
    }
    return render(request, "me/pace.html", context)
