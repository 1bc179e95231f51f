from django.contrib import admin
from django.contrib.auth.models import Group

from annotation.admin import campaigns, corpus, gold, people, runs
from annotation.sign_in import AdminSignInForm

__all__ = ["campaigns", "corpus", "gold", "people", "runs"]

admin.site.site_header = admin.site.site_title = "Likewise"
admin.site.index_title = "Administration"
admin.site.login_form = AdminSignInForm
admin.site.unregister(Group)  # roles say who may do what
