"""One's own labels by what they are about and what they say.

A person has some thousands of labels at most, found by `label_history`: the rest is read there.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Campaign, Label, User
from annotation.queries.history import own_labels

SIDES = ("rejected", "recommended")
TEXTS = ("title", "channel")
SEARCHED = ("comment", *(f"pair__{side}__{text}" for side in SIDES for text in TEXTS))


def search_own_labels(*, assistant: User, wanted: Mapping[str, Any]) -> QuerySet[Label]:
    """`wanted`: what `HistoryForm` takes, without what is empty. Every word must be found
    somewhere; the latest label comes first."""
    found = own_labels(assistant=assistant)
    for word in str(wanted.get("q", "")).split():
        found = found.filter(_or(Q(**{f"{field}__icontains": word}) for field in SEARCHED))
    if language := wanted.get("language"):
        code = "" if language == "unknown" else language
        found = found.filter(_or(Q(**{f"pair__{side}__language": code}) for side in SIDES))
    exact = {
        "verdict": "verdict",
        "campaign": "campaign",
        "flagged": "flagged",
        "since": "created_at__date__gte",
        "until": "created_at__date__lte",
    }
    found = found.filter(**{exact[name]: value for name, value in wanted.items() if name in exact})
    if reason := wanted.get("reason"):
        found = found.filter(reasons__contains=[reason])
    return found.exclude(supersedes=None) if wanted.get("changed") else found


def _or(conditions: Any) -> Q:
    either = Q()
    for condition in conditions:
        either |= condition
    return either


def own_campaigns(*, assistant: User) -> QuerySet[Campaign]:
    """Those in which this person has labelled, by name."""
    mine = Label.objects.filter(assistant=assistant, campaign=OuterRef("pk"))
    return Campaign.objects.filter(Exists(mine)).order_by("name", "pk")


def own_languages(*, assistant: User) -> list[str]:
    """Of the videos that this person has judged."""
    mine = Label.objects.filter(assistant=assistant).order_by()
    one, other = (mine.values_list(f"pair__{side}__language", flat=True) for side in SIDES)
    return list(one.union(other))
