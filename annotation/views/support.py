"""The page of support resources, and warnings before what is hard to see."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import rules
from annotation.models import Pair, Video
from annotation.queries.support import current_support, support_versions
from annotation.services import content_warnings
from annotation.services.support import write_support
from annotation.support_form import SupportForm, default_support
from annotation.views.access import PersonRequest, requires
from annotation.views.paging import page_of

VERSIONS = 10


@require_safe
@requires(rules.is_signed_in)
def support(request: PersonRequest) -> HttpResponse:
    written = current_support()
    context = {
        "written": written,
        "body": written.body if written else default_support(),
        "may_edit": rules.can_edit_support(request.user),
    }
    return render(request, "support/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires(rules.can_edit_support)
def edit(request: PersonRequest) -> HttpResponse:
    form = SupportForm(request.POST or None, initial={"body": _text_to_edit(request)})
    if request.method == "POST" and form.is_valid():
        write_support(body=form.cleaned_data["body"], by=request.user)
        messages.success(request, _("The page is changed; the text before is kept."))
        return redirect("support")
    versions = page_of(request, support_versions(), size=VERSIONS)
    context = {"form": form, "versions": versions}
    return render(request, "support/edit.html", context, status=400 if form.errors else 200)


def _text_to_edit(request: PersonRequest) -> str:
    """The version that was asked for, to go back to it; else the one that is shown."""
    asked = request.GET.get("version", "")
    if asked == "default":
        return default_support()
    versions = support_versions()
    found = versions.filter(pk=asked).first() if asked.isdecimal() else versions.first()
    return found.body if found else default_support()


@require_POST
@requires(rules.can_set_warnings)
def set_warning(request: PersonRequest, video_id: str) -> HttpResponse:
    video = get_object_or_404(Video, video_id=video_id)
    pair = get_object_or_404(Pair, pk=_number(request.POST.get("pair", "")))
    content_warnings.set_warning(video=video, warns=request.POST.get("warns") == "yes")
    return redirect("study-pair", pair.pk)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
