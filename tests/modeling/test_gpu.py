"""The same training on a CUDA device; skipped, saying so, on a machine without one."""

import copy
from dataclasses import replace

import pytest
import torch

from modeling.engines.cuda_engine import CudaEngine
from modeling.fused_training import fused_layers
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


@pytest.fixture
def pair_of_networks(tiny_encoder):
    """Twice the same network, without dropout, on the card."""

    def make(recipe):
        torch.manual_seed(0)
        network = NETWORKS[recipe].pretrained(NetworkShape(("title",)), tiny_encoder)
        for module in network.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        return network.cuda().train(), copy.deepcopy(network).cuda().train()

    return make


def gradients(network, inputs, *, kernels, autocast=True):
    with (
        fused_layers(network, kernels),
        torch.autocast("cuda", torch.bfloat16, enabled=autocast),
    ):
        features = network.text_features("title", inputs)
        weights = torch.linspace(-1, 1, features.numel(), device="cuda").view_as(features)
        (features.float() * weights).sum().backward()
    return {name: p.grad for name, p in network.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("recipe", ["unified", "unified-v2"])
@pytest.mark.parametrize("longest", [1, 7, 64])
def test_the_kernels_give_the_gradients_that_pytorch_gives(recipe, longest, pair_of_networks):
    plain, fused = pair_of_networks(recipe)
    rows = 24
    lengths = torch.randint(1, longest + 1, (rows,))
    lengths[0] = longest
    inputs = {
        "input_ids": torch.randint(5, 30, (rows, longest)).cuda(),
        "token_type_ids": torch.zeros(rows, longest, dtype=torch.long).cuda(),
        "attention_mask": (torch.arange(longest) < lengths[:, None]).long().cuda(),
    }
    exact = gradients(plain, inputs, kernels=False, autocast=False)
    found = gradients(fused, inputs, kernels=True)
    assert found.keys() == exact.keys()
    # One scale for all: that of a key's bias is 0 but for rounding, at any precision.
    scale = max(float(grad.norm()) for grad in exact.values())
    for name, grad in exact.items():
        assert found[name].dtype == torch.float32
        assert float((found[name] - grad).norm()) < 0.03 * float(grad.norm()) + 0.003 * scale, name


def test_attention_drops_the_same_shares_forward_and_back():
    from modeling.kernels.attention import attention, attention_backward
    from modeling.kernels.dropout import Dropout

    torch.manual_seed(0)
    rows, tokens, heads, dropout = 40, 16, 2, Dropout(0.25, 1234)
    lengths = torch.randint(1, tokens + 1, (rows,), device="cuda", dtype=torch.int32)
    states = torch.randn(rows, tokens, 3, heads, 16, device="cuda", dtype=torch.bfloat16)
    # Where values are the unit vectors, what comes out are the shares.
    units = states.clone()
    units[:, :, 2] = torch.eye(16, device="cuda")[:, None]
    shares = attention(units.view(rows, tokens, -1), lengths, heads, dropout)
    shares = shares.view(rows, tokens, heads, 16).transpose(1, 2).float()
    there = (torch.arange(tokens, device="cuda") < lengths[:, None])[:, None, None]
    kept = shares > 0
    assert float(kept[there.expand_as(kept)].float().mean()) == pytest.approx(0.75, abs=0.02)

    exact = states.float().requires_grad_()
    query, key, value = exact.permute(2, 0, 3, 1, 4)
    scores = (query @ key.transpose(-1, -2) / 4).masked_fill(~there, -torch.inf)
    expected = (scores.softmax(-1) * kept / 0.75) @ value
    grad = torch.randn_like(expected)
    expected.backward(grad)
    flat = states.view(rows, tokens, -1)
    found = attention(flat, lengths, heads, dropout).view(rows, tokens, heads, 16).transpose(1, 2)
    assert float((found - expected).norm()) < 0.01 * float(expected.norm())
    given = grad.transpose(1, 2).reshape(rows, tokens, -1).to(torch.bfloat16)
    back = attention_backward(given, flat, lengths, heads, dropout).view_as(exact)
    assert float((back - exact.grad).norm()) < 0.02 * float(exact.grad.norm())


def test_a_branch_drops_the_same_numbers_forward_and_back():
    from modeling.kernels.dropout import Dropout
    from modeling.kernels.norm import add_norm, add_norm_backward

    torch.manual_seed(0)
    norm = torch.nn.LayerNorm(48).cuda()
    branch, grad = (torch.randn(1000, 48, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    trunk = torch.zeros_like(branch)  # so that what is dropped shows
    bias, dropout = torch.randn(48, device="cuda"), Dropout(0.25, 99)
    summed, out = add_norm(branch, bias, trunk, norm, dropout)
    kept = summed != 0
    assert float(kept.float().mean()) == pytest.approx(0.75, abs=0.02)
    exact = [t.float().requires_grad_() for t in (trunk, branch, bias)]
    expected = norm(exact[0] + (exact[1] + exact[2]) * kept / 0.75)
    expected.backward(grad.float())
    *found, sums = add_norm_backward(grad, summed, norm, dropout)
    found += [sums[2], sums[0], sums[1]]
    exact_grads = [t.grad for t in exact] + [norm.weight.grad, norm.bias.grad]
    assert float((out - expected).norm()) < 0.02 * float(expected.norm())
    for one, other in zip(found, exact_grads, strict=True):
        assert float((one - other).norm()) < 0.02 * float(other.norm())


def test_a_training_through_the_kernels_is_as_good_and_the_same_every_time(study, config, tmp_path):
    def auroc(name, kernels):
        chosen = replace(config, device="cuda", kernels=kernels, similarities=False)
        made = train("unified", study, output=tmp_path / name, config=chosen)
        return made.metrics["test"]["overall"]["auroc"]["value"], made.sha256

    fused, again, plain = auroc("a", True), auroc("b", True), auroc("c", False)
    assert fused[0] == again[0]
    assert fused[0] == pytest.approx(plain[0], abs=0.1)
