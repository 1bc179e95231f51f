"""The folder of a model that nobody loads: what a web process looks at, and what lies about."""

import hashlib
import json
from pathlib import Path
from typing import Any

from annotation.models import Campaign, TrainingRun
from annotation.services.artefacts import artefact_path
from tests.factories import RunFactory


def succeeded(campaign: Campaign, **fields: Any) -> TrainingRun:
    """A run that succeeded, with its model."""
    run = RunFactory(campaign=campaign, **fields)
    store_model(run)
    run.status = TrainingRun.Status.SUCCEEDED
    run.save()
    return run


def store_model(run: TrainingRun, *, attempt: int = 1) -> Path:
    """Write the model of this attempt, as training does, and note it on the run."""
    run.artefact, folder = name_of(run, attempt), write_folder(run, attempt)
    run.artefact_sha256 = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    run.save()
    return folder


def write_folder(run: TrainingRun, attempt: int) -> Path:
    folder = artefact_path(name_of(run, attempt))
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    manifest = {
        "format_version": 1, "recipe": "basic", "variants": {"nt": {}}, "encoder": "one",
        "config": {"seed": 1},
        "files": {"model.safetensors": hashlib.sha256(b"weights").hexdigest()},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def name_of(run: TrainingRun, attempt: int = 1) -> str:
    return f"run-{run.pk}-{attempt}"
