from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from annotation.api.labelling import AssignmentViewSet, LabelViewSet
from annotation.api.queues import QueueView, WhyView
from annotation.api.sign_in import TokenView
from annotation.api.study import ProgressView, RunViewSet

router = SimpleRouter(use_regex_path=False)
router.register("assignments", AssignmentViewSet, basename="assignment")
router.register("labels", LabelViewSet, basename="label")
router.register("runs", RunViewSet, basename="run")

app_name = "api"
urlpatterns = [
    path("token/", TokenView.as_view(), name="token"),
    path("progress/", ProgressView.as_view(), name="progress"),
    path("queues/<slug:slug>/", QueueView.as_view(), name="queue"),
    path("queues/<slug:slug>/why/", WhyView.as_view(), name="queue-why"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include(router.urls)),
]
