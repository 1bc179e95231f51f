import shutil
from typing import Any

import pytest
from django.test import Client

from annotation.admin.campaigns import CampaignAdmin
from annotation.models import Campaign, Promotion, Role, TrainingRun
from annotation.services import promotion, training_queue
from annotation.services.artefacts import artefact_path
from annotation.services.claim import claim
from annotation.services.labels import Answer, submit
from annotation.services.queue import rerank
from tests.campaign_forms import campaign_form
from tests.factories import CampaignFactory, RunFactory, UserFactory, campaign_with_pairs
from tests.stored_models import succeeded

pytestmark = pytest.mark.django_db

RUNS = "/admin/annotation/trainingrun/"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.ADMIN))
    return client


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(
        training_queue.current_app, "send_task", lambda name, **options: messages.append(name)
    )
    return messages


def press(client: Client, chosen: Any, **fields: Any) -> Any:
    form = {"campaign": chosen.pk, "recipe": "basic", "time_budget_s": 120, **fields}
    return client.post(f"{RUNS}retrain/", form)


def test_the_list_of_runs_has_the_retrain_button(client) -> None:
    RunFactory()
    assert f'href="{RUNS}retrain/"' in client.get(RUNS).content.decode()


def test_retrain_asks_for_a_run_and_leads_to_its_page(client) -> None:
    campaign = CampaignFactory()
    response = press(client, campaign, recipe="unified", time_budget_s=77)
    run = TrainingRun.objects.get()
    assert response["Location"] == f"/runs/{run.pk}/"
    assert (run.recipe, run.time_budget_s, run.trigger) == ("unified", 77, "admin")
    assert run.requested_by is not None


def test_a_second_press_says_that_a_run_is_under_way_and_leads_to_it(client) -> None:
    campaign = CampaignFactory()
    press(client, campaign)
    page = press(client, campaign).content.decode()
    run = TrainingRun.objects.get()
    assert "under way already" in page
    assert f'<a href="/runs/{run.pk}/">Run {run.pk} (basic)</a>' in page


@pytest.mark.parametrize("fields", [{"recipe": "magic"}, {"time_budget_s": 1}, {"campaign": 0}])
def test_a_wrong_form_is_shown_again_with_its_error(client, fields) -> None:
    response = press(client, CampaignFactory(), **fields)
    assert "errorlist" in response.content.decode()
    assert not TrainingRun.objects.exists()


def test_serving_another_run_is_recorded_and_the_queue_re_ranked(
    client, sent, django_capture_on_commit_callbacks
) -> None:
    run = succeeded(CampaignFactory())
    with django_capture_on_commit_callbacks(execute=True):
        client.post(RUNS, {"action": "promote", "_selected_action": [run.pk]})
    promoted = Promotion.objects.get()
    assert promoted.run == run
    assert promoted.promoted_by is not None
    assert sent == ["annotation.tasks.rank"]


@pytest.mark.parametrize("lost", ["", "manifest.json", "model.safetensors"])
def test_a_run_whose_artefact_is_missing_is_refused_and_the_served_model_stays(
    client, sent, django_capture_on_commit_callbacks, lost: str
) -> None:
    campaign = CampaignFactory()
    served, damaged = succeeded(campaign), succeeded(campaign)
    promotion.promote(run=served, by=None, reason="The first")
    folder = artefact_path(damaged.artefact)
    shutil.rmtree(folder) if not lost else (folder / lost).unlink()
    with django_capture_on_commit_callbacks(execute=True):
        page = serve(client, damaged)
    assert "its files are missing; put them back or retrain" in page
    assert "is served" not in page
    assert [each.run for each in Promotion.objects.all()] == [served]
    assert sent == []
    assert not damaged.events.exists()


def test_choosing_the_served_model_again_is_no_second_promotion(client) -> None:
    run = succeeded(CampaignFactory())
    assert "is served; the queue" in serve(client, run)
    assert "was served already" in serve(client, run)
    assert Promotion.objects.count() == run.events.count() == 1


def serve(client: Client, run: TrainingRun) -> str:
    form = {"action": "promote", "_selected_action": [run.pk]}
    return client.post(RUNS, form, follow=True).content.decode()


def test_a_failed_run_is_not_served(client) -> None:
    run = RunFactory(status="failed")
    response = client.post(RUNS, {"action": "promote", "_selected_action": [run.pk]}, follow=True)
    assert "did not succeed" in response.content.decode()
    assert not Promotion.objects.exists()


def test_runs_are_cancelled_from_the_list(client) -> None:
    run = RunFactory()
    client.post(RUNS, {"action": "cancel", "_selected_action": [run.pk]})
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert run.events.last().text.startswith("Cancelled by person")


def test_a_policy_that_labels_followed_cannot_be_edited(client) -> None:
    campaign = campaign_with_pairs(1)
    url = f"/admin/annotation/policy/{campaign.policy_id}/change/"
    assert 'name="_save"' in client.get(url).content.decode()
    person = UserFactory()
    (assignment,) = claim(assistant=person)
    submit(assistant=person, assignment_id=assignment.pk, answer=Answer(verdict="unsure"))
    assert 'name="_save"' not in client.get(url).content.decode()


def test_labels_can_be_looked_at_and_not_touched(client) -> None:
    assert client.get("/admin/annotation/label/").status_code == 200
    assert client.get("/admin/annotation/label/add/").status_code == 403


def test_saving_a_campaign_leaves_the_queue_that_was_switched_meanwhile(client) -> None:
    campaign = campaign_with_pairs(3)
    url = f"/admin/annotation/campaign/{campaign.pk}/change/"
    original = CampaignAdmin.save_model

    def switch_first(admin: Any, request: Any, obj: Any, form: Any, change: bool) -> None:
        rerank(campaign=Campaign.objects.get(pk=campaign.pk), run=None)
        original(admin, request, obj, form, change)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CampaignAdmin, "save_model", switch_first)
        response = client.post(url, campaign_form(campaign, name="Renamed"))
    assert response.status_code == 302, response.content.decode()
    campaign.refresh_from_db()
    assert (campaign.name, campaign.generation.number) == ("Renamed", 2)
    assert campaign.generation.items.count() == 3


def test_a_change_of_what_shapes_the_queue_has_it_ranked_anew(
    client, sent, django_capture_on_commit_callbacks
) -> None:
    campaign = campaign_with_pairs(3)
    url = f"/admin/annotation/campaign/{campaign.pk}/change/"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, campaign_form(campaign, name="Renamed"))
    assert sent == []
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, campaign_form(campaign, name="Renamed", labels_per_pair=2))
    assert sent == ["annotation.tasks.rank"]


def test_a_language_that_no_video_can_have_is_refused(client) -> None:
    campaign = campaign_with_pairs(1)
    url = f"/admin/annotation/campaign/{campaign.pk}/change/"
    page = client.post(url, campaign_form(campaign, languages="EN, Klingonish"))
    assert "“Klingonish”" in page.content.decode()
    assert client.post(url, campaign_form(campaign, languages="EN,pt-BR")).status_code == 302
    campaign.refresh_from_db()
    assert campaign.languages == ["en", "pt"]
