from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from annotation import rules
from annotation.models import Video
from annotation.thumbnails import draw_thumbnail
from annotation.views.access import PersonRequest, requires

DAY_S = 86_400


@require_safe
@requires(rules.is_signed_in)
def video(request: PersonRequest, video_id: str) -> HttpResponse:
    found = get_object_or_404(Video, video_id=video_id)
    return render(request, "videos/page.html", {"video": found})


@require_safe
@requires(rules.is_signed_in)
@cache_control(private=True, max_age=DAY_S)
def thumbnail(request: PersonRequest, video_id: str) -> HttpResponse:
    """A picture drawn from the title, for a video that has no thumbnail or has lost it."""
    found = get_object_or_404(Video.objects.only("video_id", "title"), video_id=video_id)
    drawing = draw_thumbnail(found.title, key=found.video_id)
    return HttpResponse(drawing, content_type="image/svg+xml")
