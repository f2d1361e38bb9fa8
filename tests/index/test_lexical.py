"""Words: what a query is broken into, what is found, and that nobody's syntax gets through."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from domain.document import Filters
from domain.label import Label
from domain.text import fold, words
from index import lexical
from index.derived import derive
from index.lexical import MAX_UNITS, Bm25, marks, parse
from index.scoring import Scores
from index.words import dehyphenate, part_spans, parts, search_words
from tests.fakes import held


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return held.empty(tmp_path)


def ranking(c: Connection, query: str, filters: Filters | None = None) -> list[tuple[str, float]]:
    """External ids with their document scores, best first, those without a word left out."""
    held_now = derive(c)
    scope, postings = held_now.scope(c, filters or Filters()), held_now.postings(c)
    parsed = parse(query)
    scores = Scores(scope, postings, parsed, Bm25()).everything()[0] * lexical.admissible(scope, postings, parsed)
    names = dict(
        c.exec_driver_sql(
            "SELECT p.id, d.external_id FROM passages p JOIN versions v ON v.id = p.version_id "
            "JOIN documents d ON d.id = v.document_id"
        ).all()
    )
    by_name = {names[int(one)]: float(scores[at]) for one, at in zip(scope.ids, scope.owner, strict=True)}
    return sorted(((n, x) for n, x in by_name.items() if x > 0), key=lambda item: -item[1])


def names(found: list[tuple[str, float]]) -> list[str]:
    return [name for name, _ in found]


# --- breaking a query up


def test_a_query_becomes_its_words_once_and_its_neighbours() -> None:
    parsed = parse("Rig off the Coast, rig!")
    assert [u.folded for u in parsed.units] == ["rig", "off", "the", "coast"]
    assert [u.folded for u in parsed.pairs] == ["rig off", "off the", "the coast", "coast rig"]


def test_neighbours_that_say_nothing_are_not_looked_for() -> None:
    assert [u.folded for u in parse("it is of the ministers").pairs] == ["the ministers"]


def test_unspaced_scripts_are_looked_up_by_pairs_of_characters() -> None:
    parsed = parse("海洋石油981 ships")
    assert [u.folded for u in parsed.units] == ["海 洋", "洋 石", "石 油", "981", "ships"]
    assert [u.folded for u in parsed.pairs] == ["海 洋 石", "洋 石 油", "981 ships"]
    assert [u.folded for u in parse("海").units] == ["海"]


def test_joined_words_are_parted_as_the_index_parts_them() -> None:
    assert [u.folded for u in parse("Sino-Soviet U.S. l’État").units] == ["sino", "soviet", "u", "s", "l", "etat"]


def test_a_long_query_is_read_up_to_a_bound() -> None:
    parsed = parse(" ".join(f"w{i}" for i in range(10_000)))
    assert len(parsed.units) == MAX_UNITS
    assert len(parsed.pairs) == MAX_UNITS


def test_quotes_and_dashes_count_only_where_they_were_typed() -> None:
    typed = parse('"oil rig" -china tension')
    assert [u.folded for u in typed.phrases] == ["oil rig"]
    assert [u.folded for u in typed.excluded] == ["china"]
    assert "china" not in {u.folded for u in typed.units}
    pasted = parse('the minister said that "oil rig" matters -again- were closed as far as he was concerned')
    assert not pasted.phrases
    assert not pasted.excluded


def test_a_query_of_exclusions_alone_looks_for_them() -> None:
    parsed = parse("-china")
    assert not parsed.excluded
    assert [u.folded for u in parsed.units] == ["china"]


@pytest.mark.parametrize("query", ["", "!!!", '"', '""', "-", "🚢🚢", "\u200b", "* NEAR( "])
def test_what_holds_no_word_gives_no_phrase_to_insist_on(query: str) -> None:
    parsed = parse(query)
    assert not parsed.phrases
    assert not parsed.excluded


# --- words broken at line ends


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the rela-\ntions of", "the relations of"),
        ("the rela- tions of", "the relations of"),
        ("the rela\u00ad\ntions of", "the relations of"),
        ("medium- and long-range", "medium- and long-range"),
        ("Ein- und Ausfuhr", "Ein- und Ausfuhr"),
        ("Anglo-\nIranian", "Anglo-Iranian"),
        ("a dash - here", "a dash - here"),
        ("in 1914-\n1918", "in 1914-\n1918"),
        ("well-known", "well-known"),
    ],
)
def test_broken_words_are_joined(text: str, expected: str) -> None:
    assert dehyphenate(text) == expected


@given(st.text())
def test_part_spans_are_the_parts_of_the_words(text: str) -> None:
    assert [text[a:b] for a, b in part_spans(text)] == [part for word in words(text) for part in parts(word)]


# --- finding


def test_diacritics_may_be_left_out(engine: Engine) -> None:
    with engine.begin() as c:
        held.keep(c, "sea", "Tàu ra Biển Đông hôm nay", lang="vi")
        held.keep(c, "else", "Một bản tin khác", lang="vi")
        assert names(ranking(c, "bien dong")) == ["sea"]
        assert names(ranking(c, "BIỂN ĐÔNG")) == ["sea"]


def test_written_diacritics_prefer_texts_that_have_them(engine: Engine) -> None:
    with engine.begin() as c:
        for name, text in (("má", "con má nhà"), ("ma", "con ma nhà"), ("mạ", "con mạ nhà"), ("x", "không có gì")):
            held.keep(c, name, text, lang="vi")
        for word in ("má", "mạ"):
            found = ranking(c, word)
            assert found[0][0] == word
            assert {n for n, _ in found} == {"má", "ma", "mạ"}
            assert found[0][1] > found[1][1]
        folded = ranking(c, "ma")
        assert folded[0][1] == folded[2][1]


def test_two_character_words_are_found_in_chinese_and_thai(engine: Engine) -> None:
    with engine.begin() as c:
        held.keep(c, "zh", "中国的钻井平台进入南海", lang="zh")
        held.keep(c, "scrambled", "海的南边有平地和台阶", lang="zh")
        held.keep(c, "th", "ประเทศไทยและเวียดนาม", lang="th")
        assert names(ranking(c, "南海")) == ["zh"]
        assert names(ranking(c, "平台")) == ["zh"]
        assert names(ranking(c, "ไทย"))[0] == "th"


def test_rare_words_weigh_more_than_common_ones(engine: Engine) -> None:
    with engine.begin() as c:
        for i in range(12):
            held.keep(c, f"common {i}", "the ships of the fleet sailed")
        held.keep(c, "rare", "the corvette of the coast stayed")
        assert ranking(c, "ships corvette")[0][0] == "rare"


def test_neighbours_are_preferred_to_the_same_words_apart(engine: Engine) -> None:
    with engine.begin() as c:
        held.keep(c, "apart", "the oil price rose and a rig sank")
        held.keep(c, "together", "the price rose and an oil rig sank")
        held.keep(c, "other", "nothing of the sort")
        assert names(ranking(c, "oil rig")) == ["together", "apart"]


def test_a_quoted_phrase_must_stand_there_and_an_excluded_word_must_not(engine: Engine) -> None:
    with engine.begin() as c:
        held.keep(c, "apart", "the oil price rose and a rig sank")
        held.keep(c, "together", "an oil rig sank")
        held.keep(c, "excluded", "an oil rig near China")
        assert set(names(ranking(c, '"oil rig"'))) == {"together", "excluded"}
        assert names(ranking(c, '"oil rig" -china')) == ["together"]
        assert ranking(c, '"rig oil"') == []


def test_a_word_common_in_its_own_language_says_nothing_in_a_mixed_store(engine: Engine) -> None:
    with engine.begin() as c:
        for i in range(60):
            held.keep(c, f"fr {i}", f"le navire de la marine numero {i}", lang="fr")
        for i in range(60):
            held.keep(c, f"en {i}", f"a ship of that navy number {i}", lang="en")
        held.keep(c, "right", "a ship at Palawan", lang="en")
        found = dict(ranking(c, "le port de la Palawan"))
        assert found["right"] > 3 * max(x for n, x in found.items() if n.startswith("fr"))


def test_a_title_is_searched_too(engine: Engine) -> None:
    with engine.begin() as c:
        held.keep(c, "titled", "nothing here", title="Haiyang Shiyou", lang="en")
        assert names(ranking(c, "shiyou")) == ["titled"]


def test_an_empty_store_and_an_empty_scope_score_nothing(engine: Engine) -> None:
    with engine.begin() as c:
        assert ranking(c, "anything") == []
        held.keep(c, "d", "anything", label=Label.SECRET)
        assert ranking(c, "anything", Filters(clearance=Label.OPEN)) == []


WORDS = st.sampled_from(["rig", "ship", "tàu", "biển", "bien", "南海", "the", "navy", "o'neill", "e-mail"])
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=6), hidden=st.lists(TEXTS, min_size=1, max_size=4), query=TEXTS)
def test_what_may_not_be_seen_changes_no_score(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], hidden: list[str], query: str
) -> None:
    engine = held.empty(tmp_path_factory.mktemp("held"))
    seen = Filters(clearance=Label.OPEN)
    with engine.begin() as c:
        for i, one in enumerate(texts):
            held.keep(c, f"d{i}", one)
        before = ranking(c, query, seen)
        for i, one in enumerate(hidden):
            held.keep(c, f"h{i}", one, label=Label.SECRET)
        assert ranking(c, query, seen) == before
    engine.dispose()


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=6), query=TEXTS)
def test_found_is_every_text_with_a_unit_of_the_query(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], query: str
) -> None:
    engine = held.empty(tmp_path_factory.mktemp("held"))

    def folded(text: str) -> str:
        return " " + " ".join(fold(p) for w in search_words(text) for p in parts(w)) + " "

    with engine.begin() as c:
        for i, one in enumerate(texts):
            held.keep(c, f"d{i}", one)
        expected = {
            f"d{i}" for i, one in enumerate(texts) if any(f" {u.folded} " in folded(one) for u in parse(query).units)
        }
        assert set(names(ranking(c, query))) == expected
    engine.dispose()


# --- marks


def marked(passage: str, query: str) -> list[str]:
    return [passage[m.start : m.end] for m in marks(passage, query)]


def test_marks_hold_the_words_of_the_query_folded_alike() -> None:
    assert marked("Biển Đông và Bien Dong", "biển đông") == ["Biển", "Đông", "Bien", "Dong"]
    assert marked("The pro-Soviet line", "soviet") == ["Soviet"]
    assert marked("钻井平台进入南海海域", "南海") == ["南海"]
    assert marked("石油平台", "石油平台") == ["石油平台"]
    assert marked("nothing here", "else") == []


def test_common_words_are_marked_only_when_there_is_nothing_else() -> None:
    assert marked("the rig of the navy", "the rig") == ["rig"]
    assert marked("to be or not", "to be") == ["to", "be"]


@given(passage=st.text(max_size=200), query=st.text(max_size=60))
def test_marks_lie_within_the_passage_in_order_and_apart(passage: str, query: str) -> None:
    at = 0
    for mark in marks(passage, query):
        assert at <= mark.start < mark.end <= len(passage)
        at = mark.end
