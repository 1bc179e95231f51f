"""Who may do what: every permission of the product, as a predicate on the person."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser

from annotation.models import Role, User

Person = User | AnonymousUser
Rule = Callable[[Person], bool]


def _has_role(person: Person, *roles: Role) -> bool:
    return isinstance(person, User) and person.is_active and person.role in roles


def is_signed_in(person: Person) -> bool:
    return _has_role(person, *Role)


def can_label(person: Person) -> bool:
    """Everyone on the study may judge pairs; coordinators and admins often calibrate."""
    return is_signed_in(person)


def can_see_study(person: Person) -> bool:
    """Progress, agreement and runs: figures about colleagues, so not for assistants."""
    return _has_role(person, Role.COORDINATOR, Role.ADMIN)


def can_manage_campaigns(person: Person) -> bool:
    """Pause and resume; what shapes a campaign's queue is set in the admin."""
    return _has_role(person, Role.COORDINATOR, Role.ADMIN)


def can_edit_support(person: Person) -> bool:
    return _has_role(person, Role.COORDINATOR, Role.ADMIN)


def can_set_warnings(person: Person) -> bool:
    """Put a content warning on a video, or take it off."""
    return _has_role(person, Role.COORDINATOR, Role.ADMIN)


def can_adjudicate(person: Person) -> bool:
    """Decide what a pair is that people disagree about: it becomes the consensus."""
    return _has_role(person, Role.COORDINATOR, Role.ADMIN)


def can_decide_on_learning(person: Person) -> bool:
    """Wave somebody through the practice and qualification of a campaign, or allow an attempt."""
    return _has_role(person, Role.COORDINATOR, Role.ADMIN)


def can_answer_contests(person: Person) -> bool:
    """Of figures that others contest; Postgres keeps anybody from answering their own."""
    return _has_role(person, Role.COORDINATOR, Role.ADMIN)


def can_manage_runs(person: Person) -> bool:
    return _has_role(person, Role.ADMIN)
