from django.http import HttpRequest

from annotation import rules


def navigation(request: HttpRequest) -> dict[str, bool]:
    """Which entries of the navigation this person may follow."""
    person = getattr(request, "user", None)
    if person is None:
        return {}
    return {
        "may_label": rules.can_label(person),
        "may_see_study": rules.can_see_study(person),
        "may_manage_campaigns": rules.can_manage_campaigns(person),
        "may_manage_runs": rules.can_manage_runs(person),
    }
