import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from annotation.models import TrainingRun

if TYPE_CHECKING:
    from modeling.prediction import PairModel


def artefact_path(name: str) -> Path:
    """Where a run's model lies. The row keeps the name alone, so that the data folder can move."""
    return Path(settings.ARTEFACT_DIR) / name


def work_dir(run: TrainingRun) -> Path:
    """Where a run keeps its checkpoints while it is not done."""
    return Path(settings.WORK_DIR) / f"run-{run.pk}"


def discard_work(run: TrainingRun) -> None:
    shutil.rmtree(work_dir(run), ignore_errors=True)


def embedding_cache() -> Path:
    """Where every text is kept once embedded: by training, by the gate and by predictions."""
    return Path(settings.DATA_DIR) / "embeddings.sqlite"


def require_files(run: TrainingRun) -> None:
    """For a web process, which loads no model: whether the run's files are there as its row and
    their manifest say. What they hold is checked by the worker that reads them.

    Raises: ArtefactError when they are not.
    """
    from modeling import artefact_files

    path = artefact_path(run.artefact)
    manifest = artefact_files.read_manifest(path, sha256=run.artefact_sha256)
    artefact_files.require_files(path, manifest)


def model_of(run: TrainingRun) -> "PairModel":
    """The run's trained model, its files checked against the hash on the row.

    Raises: ArtefactError when it is missing or not what was stored.
    """
    from modeling.recipes import load_model

    return load_model(artefact_path(run.artefact), sha256=run.artefact_sha256)
