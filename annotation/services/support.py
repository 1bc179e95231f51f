from annotation.models import SupportText, User


def write_support(*, body: str, by: User) -> SupportText:
    """A new version of the page of support resources; the ones before are kept."""
    return SupportText.objects.create(body=body, edited_by=by)
