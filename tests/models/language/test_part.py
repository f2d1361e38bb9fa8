from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from domain.errors import InputError, ModelError
from domain.protocols import Encoder
from models.language.bag import features
from models.language.corpus import Pair, held_out, paragraphs, read
from models.language.part import WEIGHTS, load, save
from models.language.ridge import fit
from models.language.signature import quiet_axes, signatures
from models.language.speaks import part_for
from models.language.train import train
from models.registry import checked_folder, load_encoder, manifest

VI = "Việt Nam phản đối Trung Quốc đưa giàn khoan vào Biển Đông"
EN = "Vietnam protests against China moving an oil rig into the South China Sea"
WORDS = """
    the minister ship port treaty border army signed visited left bank river market price grain strike court judge
    island storm road train school doctor prize film song king village farm
"""
OTHERS = ["The football match ended without goals", "Central bank raises interest rates", "A new vaccine was approved"]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(threads=1)


@pytest.fixture(scope="module")
def plain() -> Encoder:
    one = manifest("use-multilingual-v3")
    return load_encoder(f"{one.name}@{one.version}", threads=1)


def test_the_default_encoder_names_its_parts(encoder: Encoder, plain: Encoder) -> None:
    assert encoder.id == f"{plain.id}+vi@{manifest('language-vi').version}"


def test_the_weights_are_small() -> None:
    assert (checked_folder("language-vi") / WEIGHTS).stat().st_size < 25_000_000


@pytest.mark.parametrize("asked", [VI, "Viet Nam phan doi Trung Quoc dua gian khoan vao Bien Dong"])
def test_vietnamese_lies_where_its_translation_does(encoder: Encoder, asked: str) -> None:
    near, *far = (encoder.encode([EN, *OTHERS]) @ encoder.encode([asked], query=True)[0]).tolist()
    assert near > 0.6
    assert max(far) < near - 0.3


def test_other_languages_are_as_they_were(encoder: Encoder, plain: Encoder) -> None:
    texts = [EN, "Китай и Вьетнам", "中国与越南", "Der Vertrag", "Le traité", ""]
    assert np.array_equal(encoder.encode(texts), plain.encode(texts))


def test_a_lot_of_several_languages_keeps_its_order(encoder: Encoder) -> None:
    texts = [EN, VI, OTHERS[0], "Hội nghị thượng đỉnh ASEAN khai mạc"]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-5)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_odd_texts_get_unit_vectors(encoder: Encoder) -> None:
    texts = ["ạ", "đ" * 5000, "Việt\u200b Nam", "\ud800 tiếng Việt", "Biển Đông " * 20_000, "Nghị định 2025/NĐ-CP: 50%"]
    found = encoder.encode(texts)
    assert np.isfinite(found).all()
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-4)


def test_which_part_a_text_belongs_to() -> None:
    assert part_for(VI, ["vi"]) == "vi"
    assert part_for("tinh hinh Bien Dong hom nay", ["vi"]) == "vi"
    assert part_for(EN, ["vi"]) is None
    assert part_for("", ["vi"]) is None


def test_a_damaged_part_is_refused(tmp_path: Path) -> None:
    (tmp_path / WEIGHTS).write_bytes(b"nothing")
    with pytest.raises(ModelError, match="cannot be read"):
        load(tmp_path)
    with pytest.raises(ModelError):
        load(tmp_path / "none")


def _toy(n: int = 300) -> list[Pair]:
    """A made-up language: each English word with its letters turned round."""
    drawn = np.random.default_rng(4)
    vocabulary = WORDS.split()
    pairs = []
    for i in range(n):
        words = [vocabulary[k] for k in drawn.integers(0, len(vocabulary), 8)]
        pairs.append(Pair(" ".join(word[::-1] for word in words), " ".join(words), "en", f"toy:doc{i // 10}"))
    return pairs


def test_a_language_is_learned_from_pairs_and_kept(tmp_path: Path, plain: Encoder) -> None:
    made = train(_toy(900), lang="xx", version="1", encode=plain.encode, columns=500, kept_out=0.15)
    assert made.pivot == "en"
    assert made.found is not None
    assert made.found.before_forth < 40 < 80 < made.found.forth
    assert made.found.back > 80
    save(made.part, tmp_path)
    again = load(tmp_path)
    text = "eht retsinim dengis ytaert"
    assert again.gloss.of(text) == "the minister signed treaty"
    assert np.allclose(again.encode([text], encode=plain.encode), made.part.encode([text], encode=plain.encode))


def test_too_few_pairs_are_refused(plain: Encoder) -> None:
    with pytest.raises(InputError, match="too few"):
        train(_toy(5), lang="xx", version="1", encode=plain.encode)


def test_a_parallel_file_is_read_by_its_heading(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(
        "doc\ten_checked\txx\nA\tHello &quot;you&quot;\tolleh\nA\tone cell less\nB\t\tempty\nB\tBye\teyb\n", "utf-8"
    )
    found = list(read(path, lang="xx", known={"en"}))
    assert [(one.text, one.other, one.document) for one in found] == [
        ("olleh", 'Hello "you"', "pairs.tsv:A"), ("eyb", "Bye", "pairs.tsv:B"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="no column yy"):
        list(read(path, lang="yy", known={"en"}))
    path.write_bytes(b"doc\ten\txx\n\xff\xfe\t\xff\n")
    with pytest.raises(InputError, match="cannot be read"):
        list(read(path, lang="xx", known={"en"}))


def test_a_packed_parallel_file_may_begin_with_a_mark_or_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv.gz"
    lines = "".join(f"olleh {i}\thello {i * 7919 % 1000}\n" for i in range(2000))
    packed = bytearray(gzip.compress(("\ufeffxx\ten\n" + lines).encode()))
    path.write_bytes(packed)
    assert len(list(read(path, lang="xx", known={"en"}))) == 2000
    for i in range(200, 260):
        packed[i] ^= 0x5A
    path.write_bytes(packed)
    with pytest.raises(InputError, match="cannot be read"):
        list(read(path, lang="xx", known={"en"}))


def test_what_is_kept_out_is_decided_by_the_document() -> None:
    pairs = _toy(600)
    kept = {one.document for one in pairs if held_out(one, share=0.3)}
    assert 5 < len(kept) < 35
    assert all(held_out(one, share=0.3) == (one.document in kept) for one in pairs)
    assert all(" " in one.text and one.document in {p.document for p in pairs} for one in paragraphs(pairs))
    assert paragraphs([Pair("a", "b", "en", "x.tsv:rows 0")] * 9) == []


def test_ridge_is_the_closed_form() -> None:
    drawn = np.random.default_rng(0)
    texts = [[str(k) for k in drawn.integers(0, 12, 6)] for _ in range(80)]
    x = features(texts, most=50).matrix(texts)
    y = drawn.standard_normal((80, 3)).astype(np.float32)
    dense = x.toarray()
    exact = np.linalg.solve(dense.T @ dense + np.eye(dense.shape[1]), dense.T @ y)
    assert np.allclose(fit(x, y, rounds=200), exact, atol=1e-3)
    with pytest.raises(ValueError, match="rows"):
        fit(x, y[:5])


def test_a_signature_lies_where_vectors_do_not() -> None:
    drawn = np.random.default_rng(1)
    vectors = drawn.standard_normal((500, 40)).astype(np.float32)
    vectors[:, :10] *= 0.01
    axes = quiet_axes(vectors, axes=8)
    assert np.allclose(axes.T @ axes, np.eye(8), atol=1e-5)
    found = signatures([["bien", "dong"], ["bien", "dong"], ["khac"], []], axes, rarity={"bien": 2.0}, unknown=5.0)
    assert np.allclose(found[0], found[1])
    assert found[0] @ found[2] < 0.9
    assert not found[3].any()
    assert np.abs(vectors[0] @ found[0]) < 0.2
