from axes.admin import AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.admin import TokenProxy  # type: ignore[attr-defined]

from annotation.admin import campaigns, corpus, gold, learning, people, policies, runs, topics
from annotation.sign_in import AdminSignInForm

__all__ = [
    "campaigns", "corpus", "gold", "learning", "people", "policies", "runs", "topics",
]  # fmt: skip

admin.site.site_header = admin.site.site_title = "Likewise"
admin.site.index_title = _("Administration")
admin.site.login_form = AdminSignInForm
admin.site.unregister(Group)  # roles say who may do what
admin.site.unregister([AccessLog, AccessFailureLog])  # nothing is kept there
admin.site.unregister(TokenProxy)  # whoever could read one could label as anybody
