"""Other names and other spellings: what is looked up beside the query's own words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, Engine

from domain.document import Filters
from domain.label import Label
from domain.text import fold
from index import lexical
from index.derived import derive
from index.expansion import Alternatives, Phrase, number_phrases, phrases
from index.expansion_alike import LIKE, LIKE_WORD, alike, key, likeness, spelling
from index.hybrid import search_many
from index.lexical import Bm25, parse
from index.scoring import Scores
from tests.fakes import held

SEA = Alternatives("Biển Đông", (("en", "South China Sea"), ("zh", "南海"), ("ru", "Южно-Китайское море")))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return held.empty(tmp_path)


def found(c: Connection, query: str, *others: Alternatives, filters: Filters | None = None) -> list[str | None]:
    """External ids by words alone, best first."""
    nothing = np.zeros((1, 1), np.float32)
    (hits,) = search_many(
        c, None, [query], nothing, k=20, filters=filters or Filters(), mode="lexical", alternatives=[others]
    )
    return [hit.external_id for hit in hits]


def score(c: Connection, query: str, others: Sequence[Alternatives] = ()) -> dict[str, float]:
    now = derive(c)
    scope = now.scope(c, Filters())
    scores = Scores(scope, now.postings(c), parse(query, others), Bm25()).everything()[0]
    ids: dict[int, str] = dict(c.exec_driver_sql(
        "SELECT p.id, d.external_id FROM passages p JOIN versions v ON v.id = p.version_id "
        "JOIN documents d ON d.id = v.document_id"
    ).all())  # fmt: skip
    return {ids[int(scope.ids[at])]: float(x) for at, x in zip(scope.starts, scores, strict=True)}


# --- names


def test_a_thing_is_found_by_its_names_in_other_languages(engine: Engine) -> None:
    with engine.begin() as c:
        held.keep(c, "vi", "Tàu cá ra Biển Đông", lang="vi")
        held.keep(c, "en", "Ships in the South China Sea", lang="en")
        held.keep(c, "zh", "中国船只驶入南海海域", lang="zh")
        held.keep(c, "ru", "Корабли вышли в Южно-Китайское море", lang="ru")
        held.keep(c, "other", "The sea off China and the south of India", lang="en")
        assert set(found(c, "Biển Đông", SEA)) == {"vi", "en", "zh", "ru"}
        assert set(found(c, "Biển Đông")) == {"vi"}


def test_another_name_counts_once_however_many_there_are(engine: Engine) -> None:
    three = Alternatives("WTO", (("en", "World Trade Organization"), ("en", "World Trade Organisation")))
    with engine.begin() as c:
        held.keep(c, "one", "WTO rules on fish")
        held.keep(c, "both", "World Trade Organization rules on it, and the WTO")
        held.keep(c, "none", "fish and nothing else here")
        plain, expanded = score(c, "WTO"), score(c, "WTO", [three])
    # A document that has the word and another name scores no more than if it had the word alone.
    assert expanded["both"] <= max(expanded["one"], plain["both"]) + 1e-9
    assert expanded["none"] == 0


def test_a_name_stands_for_every_word_of_the_name_in_the_query(engine: Engine) -> None:
    with engine.begin() as c:
        held.keep(c, "name", "南海", lang="zh")
        held.keep(c, "else", "另一件事", lang="zh")
        shares = score(c, "Biển Đông", [SEA])
    assert shares["else"] == 0
    assert shares["name"] > 0.5


def test_a_stretch_that_is_not_in_the_query_adds_nothing() -> None:
    assert not parse("East wind", [SEA]).others
    assert not parse("Đông Biển", [SEA]).others


def test_short_names_count_in_their_own_language_alone() -> None:
    assert phrases([("ru", "ВТО"), ("en", "UN"), ("en", "the"), ("fr", "Organisation des Nations unies")]) == (
        Phrase("вто", "ru"), Phrase("organisation des nations unies"),
    )  # fmt: skip
    assert phrases([("zh", "中国"), ("zh", "海"), ("ja", "南シナ海")]) == (Phrase("中 国", "zh"), Phrase("南 シ ナ 海"))


def test_names_found_in_hidden_texts_change_nothing(engine: Engine) -> None:
    filters = Filters(clearance=Label.OPEN)
    with engine.begin() as c:
        held.keep(c, "en", "Ships in the South China Sea", lang="en")
        held.keep(c, "far", "Putin spoke of the sea", lang="en")
        before = score(c, "Biển Đông Путин", [SEA])
        seen = found(c, "Biển Đông Путин", SEA, filters=filters)
    with engine.begin() as c:
        held.keep(c, "secret", "South China Sea, Putins and Putine and Putina", lang="en", label=Label.SECRET)
        assert found(c, "Biển Đông Путин", SEA, filters=filters) == seen
        now = derive(c)
        scope = now.scope(c, filters)
        again = Scores(scope, now.postings(c), parse("Biển Đông Путин", [SEA]), Bm25()).everything()[0]
    assert sorted(again) == sorted(before.values())


# --- numbers


@pytest.mark.parametrize(
    "asked", ["1.000.000", "1,000,000", "1 000 000", "1000000", "١٠٠٠٠٠٠", "१००००००", "１００００００"]
)
def test_a_number_is_found_however_it_is_written(engine: Engine, asked: str) -> None:
    written = ["1.000.000", "1,000,000", "1 000 000", "1000000", "1\u202f000\u202f000"]
    with engine.begin() as c:
        for i, one in enumerate(written):
            held.keep(c, f"d{i}", f"about {one} barrels")
        held.keep(c, "ar", "نحو ١٠٠٠٠٠٠ برميل", lang="ar")
        held.keep(c, "less", "about 100,000 barrels and 1,000 men")
        top = found(c, f"{asked} barrels")
    assert set(top[:5]) == {f"d{i}" for i in range(5)}
    assert "ar" in top


def test_what_is_no_whole_number_has_no_other_form() -> None:
    def free(*digits: str) -> list[str]:
        return [one.folded for one in number_phrases(digits) if not one.lang]

    assert free("3", "5") == []
    assert free("2014") == ["2 014"]
    assert free("1", "000", "000") == ["1000000"]
    assert Phrase("٢٠١٤", "ar") in number_phrases(["2014"])


# --- words that sound alike


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Путин", "Putin"), ("Кавано", "Kavanaugh"), ("Хиллари", "Hillary"), ("Вашингтон", "Washington"),
        ("Гамбург", "Hamburg"), ("Чайковский", "Tchaikovsky"), ("Μητσοτάκης", "Mitsotakis"), ("Варшава", "Warsaw"),
        ("Зеленский", "Selenskyj"), ("Эрдоган", "Erdoğan"), ("парламент", "parliament"), ("Трампом", "Trumpom"),
    ],
)  # fmt: skip
def test_names_that_sound_alike_are_alike(one: str, other: str) -> None:
    a, b = spelling(fold(one)), spelling(fold(other))
    assert key(a) == key(b)
    assert likeness(a, b) >= LIKE
    assert alike(fold(one), [(fold(other), b)])[0][0] == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Путин", "Boden"), ("патент", "Putin"), ("station", "statement"), ("minister", "minute")]
)
def test_what_only_looks_alike_is_not(one: str, other: str) -> None:
    assert likeness(spelling(fold(one)), spelling(fold(other))) < LIKE_WORD


def test_a_name_is_found_in_another_script(engine: Engine) -> None:
    with engine.begin() as c:
        held.keep(c, "en", "Judge Kavanaugh was heard by the Senate", lang="en")
        held.keep(c, "de", "Der Richter sprach mit Cavanagh und Kanzlern", lang="de")
        held.keep(c, "ru", "Судья Кавано выступил в сенате", lang="ru")
        held.keep(c, "no", "Nothing of the kind was heard", lang="en")
        assert found(c, "Кавано")[0] == "ru"
        assert {"en", "ru"} <= set(found(c, "Кавано")) <= {"en", "ru", "de"}
        assert "no" not in found(c, "Кавано")
        assert set(found(c, "Kavanaugh")) >= {"en", "ru"}


def test_in_its_own_language_a_word_is_found_as_it_stands(engine: Engine) -> None:
    with engine.begin() as c:
        held.keep(c, "one", "the parliament sat", lang="en")
        held.keep(c, "other", "the parlament of birds", lang="en")
        assert found(c, "parliament") == ["one"]


def test_syllables_of_vietnamese_sound_like_nothing_but_names_do() -> None:
    assert not parse("chính quyền trước đây").sounding
    parsed = parse("ông Alasdair trước đây")
    assert {unit.folded for unit in parsed.sounding} == {"alasdair"} == {unit.folded for unit in parsed.named}


def test_words_in_files_and_new_ones_are_heard_alike(tmp_path: Path, engine: Engine) -> None:
    from index import derived

    with engine.begin() as c:
        held.keep(c, "en", "Judge Kavanaugh was heard", lang="en")
        held.keep(c, "x", "Nothing else", lang="en")
        c.exec_driver_sql("INSERT OR REPLACE INTO meta(key, value) VALUES ('store', 'one')")
    folder = tmp_path / "index"
    folder.mkdir()
    with engine.connect() as c, c.begin():
        derived.write_base(c, folder, encoder=held.ENCODER, dimension=held.DIMENSION)
        base = derived.opened(c, folder)
        assert [word.folded for word in base.words.vocabulary.words("kfn")] == ["kavanaugh"]
        assert base.words.vocabulary.words("zzz") == []
    with engine.begin() as c:
        held.keep(c, "later", "Mr Cavanaugh came", lang="de")
    with engine.connect() as c, c.begin():
        now = derived.derive(c, derived.opened(c, folder))
        words = now.postings(c).sounding("kfn")
        assert [word.folded for word in words] == ["cavanaugh", "kavanaugh"]
        assert lexical.parse("Кавано").sounding
