from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotation import rules
from annotation.models import VideoTwin
from annotation.queries import duplicates as queries
from annotation.services.duplicates import decisions
from annotation.services.duplicates.search import ask_for_search
from annotation.services.duplicates.statements import GroupsHeldError
from annotation.views.access import PersonRequest, requires
from annotation.views.paging import page_of

PAGE_SIZE, SHOWN_PAIRS = 10, 20


@require_safe
@never_cache
@requires(rules.can_see_study)
def duplicates(request: PersonRequest) -> HttpResponse:
    state, method = _choice(request.GET)
    page = page_of(request, queries.twins(state=state, method=method), size=PAGE_SIZE)
    effects = queries.effects(list(page))
    counts, itself = queries.twins_by_state(), queries.pairs_with_themselves()
    context: dict[str, Any] = {
        "page": page,
        "rows": [(twin, effects.get(twin.pk, queries.Effect())) for twin in page],
        "state": state,
        "method": method,
        "states": [(value, label, counts[value]) for value, label in VideoTwin.State.choices],
        "methods": VideoTwin.Method.choices,
        "search": queries.last_search(),
        "itself": len(itself),
        "itself_pairs": queries.pairs_by_id(itself[:SHOWN_PAIRS]),
    }
    return render(request, "duplicates/list.html", context)


@require_POST
@requires(rules.can_see_study)
def decide(request: PersonRequest, twin_id: int) -> HttpResponse:
    twin = get_object_or_404(VideoTwin, pk=twin_id)
    act = {"merge": _merge, "reject": _reject}.get(request.POST.get("decision", ""))
    if act is None:
        messages.error(request, _("Nothing was decided: choose one of the two buttons."))
        return redirect(_back(request))
    try:
        act(request, twin)
    except GroupsHeldError:
        says = _("Nothing was decided: a search is deciding about duplicates. Try again soon.")
        messages.error(request, says)
    return redirect(_back(request))


def _merge(request: PersonRequest, twin: VideoTwin) -> None:
    decided = decisions.merge(twin=twin, by=request.user)
    messages.success(request, _("Merged. No label has changed.") + " " + _changed(decided.pairs))
    if decided.told_apart:
        says = _(
            "Among the videos that are one now are two that somebody told apart: other merges "
            "connect them. If they are not the same, take one of the merges back."
        )
        messages.warning(request, says)


def _reject(request: PersonRequest, twin: VideoTwin) -> None:
    decided = decisions.reject(twin=twin, by=request.user)
    says = _("Told apart. No label has changed.") + " " + _changed(decided.pairs)
    messages.success(request, says)
    if decided.still_one:
        says = _(
            "The two are still one, since other videos that are merged connect them. "
            "Tell those apart too."
        )
        messages.warning(request, says)


@require_POST
@requires(rules.can_see_study)
def search(request: PersonRequest) -> HttpResponse:
    if ask_for_search(by=request.user):
        messages.success(
            request, _("A worker looks for duplicates now. Come back in a few minutes.")
        )
    else:
        messages.error(request, _("The workers cannot be reached at the moment. Try again later."))
    return redirect("duplicates")


def _choice(given: Any) -> tuple[str, str]:
    """The state and the method that a list is about; unknown ones are passed over."""
    state, method = given.get("state"), given.get("method")
    return (
        state if state in VideoTwin.State.values else VideoTwin.State.PROPOSED.value,
        method if method in VideoTwin.Method.values else "",
    )


def _back(request: HttpRequest) -> str:
    """The list as it was: what has been decided has left it, so its page goes on by itself."""
    state, method = _choice(request.POST)
    query = {"state": state, "method": method, "page": request.POST.get("page", "1")}
    return f"{reverse('duplicates')}?{urlencode(query)}"


def _changed(pairs: int) -> str:
    if not pairs:
        return _("No pair is concerned so far.")
    return ngettext(
        "It changes with which others %(pairs)s pair is judged.",
        "It changes with which others %(pairs)s pairs are judged.",
        pairs,
    ) % {"pairs": pairs}
