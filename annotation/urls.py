from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path, register_converter
from django.views.generic import TemplateView

from annotation.converters import VideoIdConverter
from annotation.sign_in import SignInForm
from annotation.views import (
    adjudication,
    agreement,
    assistants,
    duplicates,
    health,
    history,
    labelling,
    learning,
    learning_study,
    me,
    planning,
    policy,
    policy_study,
    queue,
    record,
    report,
    runs,
    second_thoughts,
    study,
    support,
    tables,
    videos,
)

register_converter(VideoIdConverter, "video_id")

sign_in = LoginView.as_view(authentication_form=SignInForm, redirect_authenticated_user=True)
signed_out = login_not_required(TemplateView.as_view(template_name="registration/signed_out.html"))

handler400 = "annotation.refusals.bad_request"
handler404 = "annotation.refusals.not_found"
handler500 = "annotation.refusals.server_error"

urlpatterns = [
    path("", labelling.home, name="home"),
    path("accounts/login/", sign_in, name="login"),
    path("accounts/logout/", LogoutView.as_view(next_page="signed-out"), name="logout"),
    path("accounts/signed-out/", signed_out, name="signed-out"),
    path("label/", labelling.label, name="label"),
    path("label/<uuid:assignment_id>/", labelling.answer, name="answer"),
    path("label/<uuid:assignment_id>/skip/", labelling.skip, name="skip"),
    path("labels/", history.my_labels, name="my-labels"),
    path("labels/last/", history.last_label, name="last-label"),
    path("labels/<int:label_id>/", history.my_label, name="my-label"),
    path("labels/<int:label_id>/right/", second_thoughts.stand_by, name="stand-by"),
    path("me/", me.settings, name="me"),
    path("me/pace/", me.pace, name="pace"),
    path("me/record/", record.record, name="record"),
    path("me/record/pairs/", record.record_pairs, name="record-pairs"),
    path("me/record/run/", record.record_run, name="record-run"),
    path("support/", support.support, name="support"),
    path("support/edit/", support.edit, name="edit-support"),
    path("learn/", learning.overview, name="learn"),
    path("learn/tasks/<int:task_id>/", learning.answer, name="learn-answer"),
    path("learn/tasks/<int:task_id>/read/", learning.read, name="learn-read"),
    path("learn/<slug:slug>/<slug:round_name>/", learning.round_page, name="learn-round"),
    path("learn/<slug:slug>/<slug:round_name>/begin/", learning.begin, name="learn-begin"),
    path("policy/", policy.policy, name="policy"),
    path("policy/<int:version>/", policy.policy, name="policy-version"),
    path("policy/<int:version>/read/", policy.note_read, name="policy-read"),
    path("study/", study.study, name="study"),
    path("study/pairs/<int:pair_id>/", study.pair, name="study-pair"),
    path("study/videos/<video_id:video_id>/warning/", support.set_warning, name="set-warning"),
    path("study/tables/<slug:name>.csv", tables.table, name="table"),
    path("study/agreement/", agreement.agreement, name="agreement"),
    path("study/agreement.csv", agreement.agreement_csv, name="agreement-csv"),
    path("study/agreement/repeats/", agreement.agreement_repeats, name="agreement-repeats"),
    path("study/agreement/repeats.csv", agreement.repeats_csv, name="repeats-csv"),
    path("study/agreement/pairs/", agreement.agreement_pairs, name="agreement-pairs"),
    path("study/adjudication/", adjudication.adjudication, name="adjudication"),
    path("study/adjudication/<slug:slug>/<int:pair_id>/", adjudication.decide, name="adjudicate"),
    path(
        "study/adjudication/<slug:slug>/<int:pair_id>/open/",
        adjudication.open_again,
        name="open-again",
    ),
    path("study/slips/", second_thoughts.likely_errors, name="likely-errors"),
    path("study/slips.csv", second_thoughts.likely_errors_csv, name="likely-errors-csv"),
    path("study/slips/<int:label_id>/", second_thoughts.look_again, name="look-again"),
    path("study/planning.csv", planning.planning_csv, name="planning-csv"),
    path("study/planning/", planning.planning, name="planning"),
    path("study/report/", report.report, name="report"),
    path("study/assistants/", assistants.assistants, name="assistants"),
    path("study/assistants.csv", assistants.assistants_csv, name="assistants-csv"),
    path("study/assistants/<int:person_id>/", assistants.assistant, name="assistant"),
    path(
        "study/assistants/<int:person_id>/pairs/",
        assistants.assistant_pairs,
        name="assistant-pairs",
    ),
    path("study/contests/<int:contest_id>/", assistants.answer_contest, name="answer-contest"),
    path("study/policy/", policy_study.policy_study, name="policy-study"),
    path("study/queue/", queue.queue, name="queue"),
    path("study/queue/<slug:slug>/state/", queue.set_state, name="queue-state"),
    path("study/queue/<slug:slug>/dry-run/", queue.dry_run, name="queue-dry-run"),
    path("study/practice/", learning_study.overview, name="learning"),
    path(
        "study/practice/<slug:slug>/<int:person_id>/",
        learning_study.decide,
        name="learning-decide",
    ),
    path("study/duplicates/", duplicates.duplicates, name="duplicates"),
    path("study/duplicates/search/", duplicates.search, name="find-duplicates"),
    path("study/duplicates/<int:twin_id>/", duplicates.decide, name="decide-twin"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<int:run_id>/", runs.run, name="run"),
    path("runs/<int:run_id>/cancel/", runs.cancel, name="cancel-run"),
    path("videos/<video_id:video_id>/", videos.video, name="video"),
    path("thumbnails/<video_id:video_id>.svg", videos.thumbnail, name="thumbnail"),
    path("healthz", health.healthz, name="healthz"),
    path("favicon.svg", health.favicon, name="favicon"),
    path("api/v1/", include("annotation.api.urls")),
    path("admin/", admin.site.urls),
]
