"""Re-ranking models: real ones with random weights, of both kinds, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from domain.errors import ModelError
from models.reranker import BATCH, load_reranker

PASSAGES = ["the oil rig moved", "tea", "the coast guard came", "fish boats came home", "ship"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted({word for one in PASSAGES for word in one.split()})]


def tiny(folder: Path, *, labels: int = 1) -> Path:
    """A cross-encoder with random weights, as transformers saves it."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64, initializer_range=1.0,
    )  # fmt: skip
    config.num_labels = labels
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def test_a_cross_encoder_scores_every_passage(tmp_path: Path) -> None:
    reranker = load_reranker(str(tiny(tmp_path / "tiny")))
    scores = reranker.scores("oil rig", PASSAGES, seconds=60)
    assert len(set(scores.round(6))) > 3
    assert scores == pytest.approx(
        [float(reranker.scores("oil rig", [one], seconds=60)[0]) for one in PASSAGES], abs=1e-5
    )


def test_late_interaction_is_told_by_its_folder(tmp_path: Path) -> None:
    from sentence_transformers import MultiVectorEncoder
    from transformers import AutoModel

    plain = tiny(tmp_path / "plain")
    AutoModel.from_pretrained(plain).save_pretrained(tmp_path / "bert")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "bert" / name).write_bytes((plain / name).read_bytes())
    MultiVectorEncoder(str(tmp_path / "bert")).save_pretrained(str(tmp_path / "late"))
    reranker = load_reranker(str(tmp_path / "late"))
    scores = reranker.scores("oil rig moved", ["oil rig moved", *PASSAGES], seconds=60)
    # Every word finds itself: nothing can be nearer.
    assert int(np.argmax(scores)) == 0
    assert np.isfinite(scores).all()


def test_what_there_is_no_time_for_is_not_scored(tmp_path: Path) -> None:
    reranker = load_reranker(str(tiny(tmp_path / "tiny")))
    scores = reranker.scores("oil rig", PASSAGES * 10, seconds=0)
    assert np.isfinite(scores[:BATCH]).all()
    assert np.isnan(scores[BATCH:]).all()
    assert len(reranker.scores("oil rig", [], seconds=1)) == 0


def test_what_is_no_reranker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="3 figures"):
        load_reranker(str(tiny(tmp_path / "three", labels=3)))
    pickled = tiny(tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        load_reranker(str(pickled))
    with pytest.raises(ModelError, match="no such folder"):
        load_reranker(str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="not on this machine"):
        load_reranker("nobody/such-a-model")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_damaged_folder_is_named(tmp_path: Path, name: str) -> None:
    held = tiny(tmp_path / "damaged") / name
    held.write_bytes(held.read_bytes()[:-100])
    with pytest.raises(ModelError, match="damaged"):
        load_reranker(str(held.parent))
