"""Whether somebody has learnt and read what comes before their next pair, in words."""

from django.utils.translation import gettext as _

from annotation.models import Round
from annotation.queries.eligibility_facts import Facts
from annotation.queries.learning import RoundState
from annotation.queries.policy import unread_policy


def what_was_learnt(facts: Facts) -> tuple[bool, str, bool]:
    """Whether the rule holds, what to say of it, and whether that can still come by itself."""
    if not facts.campaign.requires_learning:
        return True, _("The campaign requires no practice or qualification."), False
    waiver, due = facts.learning.waiver, facts.learning.due
    if waiver:
        who = {"who": waiver.by.get_username(), "name": facts.name}
        return True, _("%(who)s waved %(name)s through.") % who, False
    if due is None:
        says = _("%(name)s has passed what the campaign requires.")
        return True, says % {"name": facts.name}, False
    says = _still_due(due) % {"name": facts.name, "made": len(due.attempts)}
    return False, says, not due.is_used_up


def what_was_read(facts: Facts) -> tuple[bool, str, bool]:
    """The same of the policy."""
    unread = unread_policy(facts.person)
    if unread is None:
        return (
            True,
            _("%(name)s has no new version of the policy to read.") % {"name": facts.name},
            False,
        )
    says = _("%(name)s reads version %(version)s of the policy before the next pair.")
    return False, says % {"name": facts.name, "version": unread.version}, True


def _still_due(due: RoundState) -> str:
    if due.is_used_up:
        return _(
            "%(name)s has not passed the qualification in %(made)s attempts; a coordinator decides."
        )
    if due.round == Round.PRACTICE:
        return _(
            "%(name)s has not finished the practice round yet, which comes before the first pair."
        )
    return _("%(name)s has not passed the qualification yet, which comes before the first pair.")
