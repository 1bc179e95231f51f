"""The same training on a CUDA device; skipped, saying so, on a machine without one."""

from dataclasses import replace

import pytest
import torch

from modeling.engines.cuda_engine import CudaEngine
from modeling.models.unified_model import NETWORKS, NetworkShape
from modeling.recipes import load_model, train

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device"),
]


@pytest.mark.parametrize("recipe", ["basic", "unified"])
def test_a_model_trained_on_a_gpu_predicts_the_same_on_a_cpu(recipe, study, config, tmp_path):
    on_gpu = train(recipe, study, output=tmp_path / "m", config=replace(config, device="cuda"))
    test = [e for e in study if e.split == "test"]
    model = load_model(on_gpu.path)
    probabilities = [p.probability for p in model.predict(test)]
    right = [(p >= 0.5) == (e.target > 0.5) for p, e in zip(probabilities, test, strict=True)]
    assert sum(right) / len(right) == pytest.approx(
        on_gpu.metrics["test"]["overall"]["accuracy"]["value"], abs=0.05
    )


@pytest.mark.parametrize(
    ("engine", "within"), [("exact", 1e-5), ("fast", 0.02), ("triton-bf16", 0.02)]
)
def test_pairs_are_scored_on_a_gpu_as_on_a_cpu(engine, within, study, config, tmp_path):
    trained = train("unified", study, output=tmp_path / "m", config=replace(config, device="cuda"))
    model = load_model(trained.path)
    found = [p.probability for p in model.predict(study, engine=engine)]
    kind = "triton" if engine == "triton-bf16" else "torch"
    assert model.variants["nt"].scorer.picker.last.startswith(kind)
    for variant in model.variants.values():
        variant.module.cpu()
    on_cpu = {n: replace(v, device="cpu") for n, v in model.variants.items()}
    model.variants.update(on_cpu)
    expected = [p.probability for p in model.predict(study, engine="torch-f32")]
    assert found == pytest.approx(expected, abs=within)


@pytest.mark.parametrize("recipe", ["unified", "unified-v2"])
@pytest.mark.parametrize("longest", [1, 7, 128, 140])
def test_the_kernels_give_the_features_that_transformers_gives(recipe, longest, tiny_encoder):
    torch.manual_seed(0)
    network = NETWORKS[recipe].pretrained(NetworkShape(("title",)), tiny_encoder).cuda().eval()
    for encoder in network.read_encoders():
        positions = encoder.base_model.embeddings
        positions.position_embeddings = torch.nn.Embedding(160, 32, device="cuda")
        positions.position_ids = torch.arange(160, device="cuda")[None]
        positions.token_type_ids = torch.zeros(1, 160, dtype=torch.long, device="cuda")
    lengths = torch.tensor([longest, 1, max(1, longest // 2)])
    mask = (torch.arange(longest) < lengths[:, None]).long()
    inputs = {
        "input_ids": torch.randint(5, 30, (3, longest)),
        "token_type_ids": torch.zeros(3, longest, dtype=torch.long),
        "attention_mask": mask,
    }
    with torch.inference_mode():
        on_card = {name: rows.cuda() for name, rows in inputs.items()}
        expected = network.text_features("title", on_card).cpu()
    found = CudaEngine(network, "cuda").features("title", {n: r.numpy() for n, r in inputs.items()})
    assert found == pytest.approx(expected.numpy(), abs=0.03)


def test_compiled_layers_learn_what_plain_ones_do(study, config, tmp_path):
    figures = [
        train(
            "unified", study, output=tmp_path / str(compiled),
            config=replace(config, device="cuda", compiled=compiled, similarities=False),
        ).metrics["test"]["overall"]["auroc"]["value"]
        for compiled in (False, True)
    ]  # fmt: skip
    assert figures[1] == pytest.approx(figures[0], abs=0.1)
