"""A tiny random encoder and invented pairs, so that training takes seconds."""

import os
from pathlib import Path

import numpy as np
import pytest

from modeling.schema import PairExample, VideoText

TOPICS = {
    "bread": ["bake", "sourdough", "oven", "flour", "dough", "crust", "kitchen", "yeast"],
    "space": ["rocket", "launch", "orbit", "moon", "planet", "star", "galaxy", "probe"],
    "chess": ["opening", "knight", "bishop", "endgame", "gambit", "rook", "pawn", "check"],
    "garden": ["tomato", "soil", "seed", "compost", "prune", "hedge", "rose", "lawn"],
}
WORDS = sorted({word for words in TOPICS.values() for word in words})


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    import torch

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory) -> Path:
    """A BERT of two narrow layers with random weights and a vocabulary of a few dozen words."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    codes = {word: index for index, word in enumerate(vocabulary)}
    raw = Tokenizer(models.WordLevel(codes, unk_token="[UNK]"))
    raw.normalizer = normalizers.Lowercase()
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=160,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def make_examples():
    """make_examples(n, seed, transcripts=share, split=...) -> pairs, similar when topics agree."""

    def video(rng: np.random.Generator, topic: str, transcript: bool) -> VideoText:
        def words(n: int) -> str:
            return " ".join(rng.choice(TOPICS[topic], size=n))

        return VideoText(
            title=words(4),
            description=words(8) if rng.random() < 0.8 else "",
            transcript=words(20) if transcript else None,
            channel=f"{topic} {rng.integers(3)}",
        )

    def make(n, seed=0, *, transcripts=0.0, split=None, prefix="v"):
        rng = np.random.default_rng(seed)
        names = list(TOPICS)
        examples = []
        for i in range(n):
            left = names[rng.integers(len(names))]
            similar = bool(rng.random() < 0.4)
            right = left if similar else names[(names.index(left) + 1 + rng.integers(3)) % 4]
            spoken = bool(rng.random() < transcripts)
            examples.append(
                PairExample(
                    pair_id=f"{prefix}{seed}-{i}",
                    left=video(rng, left, spoken),
                    right=video(rng, right, spoken),
                    target=1.0 if similar else 0.0,
                    left_id=f"{prefix}{seed}-{i}-l",
                    right_id=f"{prefix}{seed}-{i}-r",
                    split=split,
                )
            )
        return examples

    return make


@pytest.fixture
def study(make_examples):
    """Training and test pairs, half with transcripts."""
    return [
        *make_examples(160, 1, transcripts=0.5),
        *make_examples(40, 2, transcripts=0.5, split="test", prefix="t"),
    ]


@pytest.fixture
def config(tiny_encoder):
    from modeling.recipes import TrainingConfig

    encoder = str(tiny_encoder)
    return TrainingConfig(encoder=encoder, sentence_encoder=encoder, device="cpu", max_length=48)


@pytest.fixture
def there(tmp_path) -> Path:
    """A file that is there already where the output will go."""
    path = tmp_path / "out.jsonl"
    path.write_text("precious")
    return path


@pytest.fixture
def data(tmp_path) -> Path:
    """Pairs that a model can be trained on."""
    from tests.modeling.commands import labelled, write

    return write(tmp_path / "data.jsonl", *labelled(40, 1), *labelled(80, 0)[40:])
