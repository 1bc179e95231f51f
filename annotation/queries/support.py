from django.db.models import QuerySet

from annotation.models import SupportText


def current_support() -> SupportText | None:
    """What a coordinator wrote last; None while the text that comes with Likewise is shown."""
    return support_versions().first()


def support_versions() -> QuerySet[SupportText]:
    return SupportText.objects.select_related("edited_by")
