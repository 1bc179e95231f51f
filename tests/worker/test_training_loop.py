import pytest

from tests.system import Browser, System, wait_for

pytestmark = pytest.mark.timeout(1200)
ENDED = ("succeeded", "failed", "cancelled")


def press_retrain(admin: Browser, system: System, *, recipe: str, budget: int = 60) -> int:
    """Press the button in Django's admin; returns the run it leads to."""
    url = "/admin/annotation/trainingrun/retrain/"
    page = admin.client.get(url)
    campaign = system.value("SELECT id FROM annotation_campaign LIMIT 1")
    form = {"campaign": campaign, "recipe": recipe, "time_budget_s": budget}
    followed = admin.post(url, data=form, page=page)
    assert followed.url.path.startswith("/runs/"), followed.text[-2000:]
    return int(followed.url.path.strip("/").split("/")[1])


def wait_until_ended(system: System, run: int) -> str:
    return system.wait_for_run(run, *ENDED)


def test_the_admins_button_retrains_and_reranks_and_the_next_pair_shows_it(
    system: System, admin: Browser, assistant: Browser
) -> None:
    before = system.served()
    run = press_retrain(admin, system, recipe="basic")
    assert wait_until_ended(system, run) == "succeeded", admin.client.get(f"/runs/{run}/").text
    served, generation = system.served()
    assert generation != before[1]
    ranked_by = system.value(
        "SELECT run_id FROM annotation_queuegeneration WHERE id=%s", generation
    )
    assert ranked_by == served
    metrics = system.value("SELECT metrics FROM annotation_trainingrun WHERE id=%s", run)
    for name in ("accuracy", "precision", "recall", "auroc"):
        assert 0 <= metrics["test"]["overall"][name]["value"] <= 1
    label = assistant.submit(assistant.claim()["assignment"]).json()["label"]["id"]
    chosen = system.sql("SELECT run_id, score FROM annotation_label WHERE id=%s", label)
    assert chosen[0][0] == served
    assert chosen[0][1] is not None


def test_the_first_uncertain_pairs_are_less_sure_than_the_last(system: System) -> None:
    doubts = system.sql(
        "SELECT abs(score - 0.5) FROM annotation_queueitem item JOIN annotation_campaign c "
        "ON c.generation_id = item.generation_id WHERE strategy = 'uncertainty' ORDER BY rank"
    )
    doubts = [doubt for (doubt,) in doubts]
    assert doubts == sorted(doubts)
    shares = system.sql(
        "SELECT avg((strategy = 'random')::int) FROM annotation_queueitem item "
        "JOIN annotation_campaign c ON c.generation_id = item.generation_id AND rank <= 100"
    )
    assert 0.15 <= float(shares[0][0]) <= 0.25


def test_the_run_can_be_followed_live(system: System, admin: Browser) -> None:
    run = press_retrain(admin, system, recipe="basic")
    wait_until_ended(system, run)
    body = admin.client.get(f"/api/v1/runs/{run}/").json()
    assert body["progress"] == 1
    texts = [event["text"] for event in body["events"]]
    assert texts[0].startswith("Requested")
    assert any(text.startswith("Started on training@") for text in texts)
    assert any("romoted" in text for text in texts)


def test_beat_retrains_when_enough_new_labels_are_there(system: System, assistant: Browser) -> None:
    system.sql("UPDATE annotation_campaign SET retrain_every = 2")
    known = system.value("SELECT max(id) FROM annotation_trainingrun")
    for _ in range(3):
        assistant.submit(assistant.claim()["assignment"])
    query = "SELECT min(id) FROM annotation_trainingrun WHERE id > %s AND trigger = 'schedule'"
    run = wait_for(lambda: system.value(query, known))
    system.sql("UPDATE annotation_campaign SET retrain_every = 0")
    assert wait_until_ended(system, run) == "succeeded"


def test_a_run_is_cancelled_at_its_next_step_and_changes_nothing(
    system: System, admin: Browser
) -> None:
    before = system.served()
    run = press_retrain(admin, system, recipe="unified", budget=120)
    wait_for(lambda: system.run_status(run) == "running")
    assert admin.post(f"/api/v1/runs/{run}/cancel/").status_code == 200
    assert wait_until_ended(system, run) == "cancelled"
    assert system.served() == before


def test_a_second_press_while_a_run_is_under_way_is_told_so(system: System, admin: Browser) -> None:
    run = press_retrain(admin, system, recipe="unified", budget=120)
    body = {"campaign": "sample-study", "recipe": "unified"}
    response = admin.post("/api/v1/runs/", json=body)
    assert response.status_code == 409
    assert "under way" in response.json()["detail"]
    admin.post(f"/api/v1/runs/{run}/cancel/")
    wait_until_ended(system, run)


@pytest.mark.slow
def test_the_unified_model_is_trained_with_and_without_transcripts(
    system: System, admin: Browser
) -> None:
    run = press_retrain(admin, system, recipe="unified", budget=40)
    status = wait_until_ended(system, run)
    body = admin.client.get(f"/api/v1/runs/{run}/").json()
    assert status == "succeeded", body
    assert any(event["text"].startswith("Trained (nt, wt)") for event in body["events"])
    assert body["metrics"]["champion"]["auroc"]["value"] is not None


def test_a_run_that_fails_at_the_last_step_changes_nothing_and_says_why(
    system: System, admin: Browser
) -> None:
    before = system.served()
    system.sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$"
    )
    system.sql(
        "CREATE TRIGGER refuse BEFORE UPDATE OF generation_id ON annotation_campaign "
        "FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    try:
        run = press_retrain(admin, system, recipe="basic")
        assert wait_until_ended(system, run) == "failed"
    finally:
        system.sql("DROP FUNCTION refuse CASCADE")
    assert "the disk is full" in admin.client.get(f"/api/v1/runs/{run}/").json()["message"]
    assert system.served() == before
    assert wait_until_ended(system, press_retrain(admin, system, recipe="basic")) == "succeeded"


def test_a_run_without_enough_labels_says_so(system: System, admin: Browser) -> None:
    system.manage("open_campaign", "Empty", "--source", "sample", "--priority", "-1")
    run = system.manage("retrain", "--campaign", "empty")["run"]
    assert wait_until_ended(system, run) == "failed"
    assert "label" in admin.client.get(f"/api/v1/runs/{run}/").json()["message"].lower()
