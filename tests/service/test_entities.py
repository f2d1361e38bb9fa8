from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.alert import Watchlist
from domain.document import Filters
from domain.entity import Entity, EntityKind, Mention
from domain.errors import InputError, NotFoundError
from domain.label import Label
from index.store import decisions, identities, ledgers, splits
from index.store import documents as docs
from index.store import schema as s
from index.store.papers import held
from nlp.gazetteer import Gazetteer
from nlp.linking import name_id
from service import audit, entities, entity_mentions, entity_views, watch
from service.entity_names import doubts
from service.erase import erase
from service.export import export
from service.pipeline import ingest
from service.restore import restore
from service.wiring import Home, open_home

Jsonl = Callable[..., str]
DAY = "2026-03-02"
PUTIN, LATIN_PUTIN = (name_id(EntityKind.PERSON, x) for x in ("Пьотр Сидоров", "Pyotr Sidorov"))
BY = "an officer"


def row(
    n: int, text: str, *, label: str = "open", lang: str = "en", title: str = "A report", day: str = DAY
) -> dict[str, str]:
    return {
        "id": str(n),
        "title": title,
        "text": text,
        "lang": lang,
        "source": "Wire",
        "label": label,
        "published": day,
    }


class Names:
    """A recogniser that finds given names: what it sees as whom is for the test to say."""

    def __init__(self, **names: str) -> None:
        self.names = names

    def reads(self, lang: str) -> bool:
        return True

    def find(self, text: str, *, lang: str) -> list[Mention]:
        return [
            Mention(
                start=at, end=at + len(name), surface=name, entity_id="", kind=EntityKind.PERSON, name=name, method="t"
            )
            for name in self.names.values() if (at := text.find(name)) >= 0
        ]  # fmt: skip


@pytest.fixture
def named(home: Home) -> Home:
    """A home whose recognisers know the names of these tests."""
    home.__dict__["recognisers"] = (Names(a="Пьотр Сидоров", b="Pyotr Sidorov", c="Ahmed Zubrowka", d="Jane Miller"),)
    return home


def fill(home: Home, jsonl: Jsonl, *rows: dict[str, str]) -> None:
    done = ingest(home, [jsonl(*rows)])
    assert done.failed == 0, done.failures


def ids(home: Home, n: int) -> list[str]:
    """What a document is shown to name."""
    with home.read() as c:
        [one] = docs.find(c, external_id=str(n))
        shown = docs.show(c, one, clearance=home.settings.reader.clearance)
    return [m.id for m in shown.mentions]


def cleared(home: Home, label: Label) -> None:
    home.settings = replace(home.settings, reader=replace(home.settings.reader, clearance=label))


@pytest.fixture
def two(named: Home, jsonl: Jsonl) -> Home:
    fill(
        named, jsonl, row(1, "Пьотр Сидоров приехал в Париж.", lang="ru"),
        row(2, "The minister said that Pyotr Sidorov arrived in Paris yesterday evening.", day="2026-03-03"),
    )  # fmt: skip
    return named


# --- merges


def test_a_merge_is_followed_wherever_an_entity_is_shown_or_counted_and_is_undone(two: Home) -> None:
    assert PUTIN in ids(two, 1)
    assert LATIN_PUTIN in ids(two, 2)
    made = entities.merge(two, PUTIN, LATIN_PUTIN, by=BY, note="one man")
    assert (made.by, made.what, made.entity_id, made.body) == (
        BY,
        "merge",
        PUTIN,
        {"into": LATIN_PUTIN, "note": "one man"},
    )
    assert LATIN_PUTIN in ids(two, 1)
    assert PUTIN not in ids(two, 1)
    with two.read() as c:
        papers = {h.row.external_id: h.entities for h in held(c, Filters(), encoder="", dimension=1)}
        counted = ledgers.entity_changes(c, PUTIN, since=day(1), until=day(9), clearance=Label.OPEN)
    assert LATIN_PUTIN in papers["1"] & papers["2"]
    assert len(counted) == 2
    one = entity_views.view(two, PUTIN)
    assert one.id == LATIN_PUTIN
    assert set(one.ids) == {PUTIN, LATIN_PUTIN}
    assert (one.languages, one.documents) == ({"en": 1, "ru": 1}, 2)
    assert {(x.lang, x.name) for x in one.written} == {("ru", "Пьотр Сидоров"), ("en", "Pyotr Sidorov")}
    assert [x.id for x in entity_views.listed(two, like="сидоров")] == [LATIN_PUTIN]
    gone = entities.undo(two, made.id, by="another")
    assert gone.undone is not None
    assert gone.undone_by == "another"
    assert PUTIN in ids(two, 1)
    with pytest.raises(InputError, match="was undone by another"):
        entities.undo(two, made.id, by=BY)


def day(n: int) -> date:
    return date(2026, 3, n)


def test_chains_are_followed_and_circles_refused(named: Home, jsonl: Jsonl) -> None:
    fill(named, jsonl, row(1, "Pyotr Sidorov met Ahmed Zubrowka and Jane Miller."))
    a, b, c_ = ("name:person:" + x for x in ("pyotr-sidorov", "ahmed-zubrowka", "jane-miller"))
    entities.merge(named, a, b, by=BY)
    entities.merge(named, b, c_, by=BY)
    with named.read() as c:
        assert identities.canonical(c, [a, b, c_, "iso:VN"], clearance=Label.OPEN) == {
            a: c_, b: c_, c_: c_, "iso:VN": "iso:VN"}  # fmt: skip
        assert identities.members(c, [b], clearance=Label.OPEN)[b] == {a, b, c_}
    with pytest.raises(InputError, match="circle"):
        entities.merge(named, c_, a, by=BY)
    with pytest.raises(InputError, match="two entities"):
        entities.merge(named, a, a, by=BY)


def test_what_cannot_be_one_is_refused_unless_forced(two: Home) -> None:
    with pytest.raises(InputError, match="no country"):
        entities.merge(two, PUTIN, "iso:RU", by=BY)
    with pytest.raises(InputError, match="gazetteer knows Vietnam and China as two"):
        entities.merge(two, "iso:VN", "iso:CN", by=BY)
    with pytest.raises(NotFoundError):
        entities.merge(two, "name:person:nobody", PUTIN, by=BY)
    assert entities.merge(two, PUTIN, "iso:RU", by=BY, force=True).id


def test_pairs_kept_apart_are_not_merged_until_that_is_undone(two: Home) -> None:
    parted = entities.apart(two, LATIN_PUTIN, PUTIN, by=BY)
    with pytest.raises(InputError, match=f"decision {parted.id} says that they are two"):
        entities.merge(two, PUTIN, LATIN_PUTIN, by=BY)
    entities.undo(two, parted.id, by=BY)
    entities.merge(two, PUTIN, LATIN_PUTIN, by=BY)
    with pytest.raises(InputError, match="made it one"):
        entities.apart(two, PUTIN, LATIN_PUTIN, by=BY)


def test_a_merge_and_its_undoing_match_watchlists_anew(two: Home) -> None:
    assert watch.add(two, Watchlist(name="him", entities=(LATIN_PUTIN,))) == 1
    made = entities.merge(two, PUTIN, LATIN_PUTIN, by=BY)
    assert matched(two) == {"1", "2"}
    entities.undo(two, made.id, by=BY)
    assert matched(two) == {"2"}


def matched(home: Home) -> set[str]:
    t, v, d = s.watchlist_matches.c, s.versions.c, s.documents.c
    with home.read() as c:
        return set(c.scalars(select(d.external_id).join(s.versions, v.document_id == d.id).where(
            v.id.in_(select(t.version_id)))))  # fmt: skip


def test_a_document_that_comes_later_is_the_merged_entitys_and_its_watchlists(two: Home, jsonl: Jsonl) -> None:
    watch.add(two, Watchlist(name="him", entities=(LATIN_PUTIN,)))
    entities.merge(two, PUTIN, LATIN_PUTIN, by=BY)
    fill(two, jsonl, row(3, "Вчера Пьотр Сидоров уехал.", lang="ru"))
    assert LATIN_PUTIN in ids(two, 3)
    assert matched(two) == {"1", "2", "3"}


# --- labels


def test_what_secret_documents_alone_name_is_decided_in_secret(named: Home, jsonl: Jsonl) -> None:
    cleared(named, Label.SECRET)
    fill(named, jsonl, row(1, "Пьотр Сидоров приехал.", lang="ru"), row(2, "Pyotr Sidorov came.", label="secret"))
    made = entities.merge(named, PUTIN, LATIN_PUTIN, by=BY)
    assert made.label is Label.SECRET
    assert LATIN_PUTIN in ids(named, 1)
    cleared(named, Label.OPEN)
    assert PUTIN in ids(named, 1)
    with pytest.raises(NotFoundError):
        entity_views.view(named, LATIN_PUTIN)
    with pytest.raises(NotFoundError):
        entities.undo(named, made.id, by=BY)
    with named.read() as c:
        assert decisions.decided(c, clearance=Label.OPEN) == []
    assert [x.subject for x in audit.lines(named) if x.action.startswith("entity")] == []
    assert [x.id for x in entity_views.listed(named, kind="person")] == [PUTIN]
    # An open reader may decide otherwise, and learns of nothing.
    fill(named, jsonl, row(3, "Jane Miller came."))
    assert entities.merge(named, PUTIN, "name:person:jane-miller", by=BY).label is Label.OPEN
    assert "name:person:jane-miller" in ids(named, 1)
    cleared(named, Label.SECRET)
    assert LATIN_PUTIN in ids(named, 1)


def test_links_of_two_labels_in_a_circle_still_end(two: Home) -> None:
    with two.write() as c:
        decisions.link(c, PUTIN, LATIN_PUTIN, label=Label.OPEN)
        decisions.link(c, LATIN_PUTIN, PUTIN, label=Label.SECRET)
    with two.read() as c:
        every = identities.canonical(c, [PUTIN, LATIN_PUTIN], clearance=Label.SECRET)
        last = identities.resolver(c, clearance=Label.SECRET)
        assert set(every.values()) == {PUTIN} == {last(PUTIN), last(LATIN_PUTIN)}
        assert identities.members(c, [PUTIN], clearance=Label.SECRET)[PUTIN] == {PUTIN, LATIN_PUTIN}
        assert identities.resolver(c, clearance=Label.OPEN)(PUTIN) == LATIN_PUTIN


def test_nobody_decides_above_their_own_clearance(two: Home) -> None:
    cleared(two, Label.OPEN)
    with pytest.raises(InputError, match="above your clearance"):
        entities.merge(two, PUTIN, LATIN_PUTIN, by=BY, label=Label.SECRET)


# --- added entities and names


def test_an_added_entity_is_found_in_what_comes_and_on_demand_in_what_is_stored(home: Home, jsonl: Jsonl) -> None:
    before = row(1, "In Lyon spoke Ngọc Thần Tiễn for an hour. Ngọc Thần Tiễn smiled.", lang="en")
    fill(home, jsonl, before)
    made = entities.add(home, "person", "Ngọc Thần Tiễn", by=BY, lang="vi", country="Vietnam",
                        names=[("ru", "Нгок Тхан Тьен"), ("zh", "玉神箭")])  # fmt: skip
    assert made.entity_id == "own:person:ngoc-than-tien"
    fill(
        home, jsonl, row(2, "В Лионе выступил Нгок Тхан Тьен.", lang="ru"), row(3, "玉神箭在里昂发表讲话。", lang="zh")
    )
    assert made.entity_id in ids(home, 2)
    assert made.entity_id in ids(home, 3)
    assert made.entity_id not in ids(home, 1)
    taken = ids(home, 1)
    found = entity_mentions.again(home, made.entity_id)
    assert found == entity_mentions.Found(1, 2)
    assert entity_mentions.again(home, made.entity_id) == entity_mentions.Found(0, 0)
    assert ids(home, 1).count(made.entity_id) == 2
    with home.read() as c:
        k = s.version_countries.c
        assert c.scalars(select(k.country).where(k.country == "VN")).all() == ["VN"] * 3
        assert "country:VN" in set(c.scalars(select(s.version_series.c.series)))
    entities.undo(home, made.id, by=BY)
    assert [made.entity_id in ids(home, n) for n in (1, 2, 3)] == [False] * 3
    assert ids(home, 1) == taken
    with home.read() as c:
        assert c.scalars(select(s.version_countries.c.country).where(s.version_countries.c.country == "VN")).all() == []
        assert c.scalar(select(s.entities.c.id).where(s.entities.c.id == made.entity_id)) is None
    fill(home, jsonl, row(4, "Опять выступил Нгок Тхан Тьен.", lang="ru"))
    assert made.entity_id not in ids(home, 4)


def test_a_name_is_given_to_what_the_gazetteer_knows(home: Home, jsonl: Jsonl) -> None:
    made = entities.name(home, "body:asean", "Zubrowka Club", by=BY, lang="en")
    fill(home, jsonl, row(1, "The Zubrowka Club met in Lyon."))
    assert "body:asean" in ids(home, 1)
    with home.read() as c:
        assert ("en", "Zubrowka Club") in identities.names_of(c, ["body:asean"], clearance=Label.OPEN)["body:asean"]
    entity = home.gazetteer.entity("body:asean")
    assert isinstance(entity, Entity)
    assert "Zubrowka Club" in entity.names["en"]
    assert len(entity.names["en"]) > 1
    with pytest.raises(InputError, match="already"):
        entities.name(home, "body:asean", "Zubrowka Club", by=BY)
    entities.undo(home, made.id, by=BY)
    assert "body:asean" not in ids(home, 1)


def test_a_secret_name_is_found_in_secret_documents_alone(home: Home, jsonl: Jsonl) -> None:
    cleared(home, Label.SECRET)
    made = entities.add(home, "person", "Zubrow Quillfeather", by=BY, label=Label.SECRET)
    fill(
        home, jsonl, row(1, "We saw Zubrow Quillfeather."), row(2, "He met Zubrow Quillfeather twice.", label="secret")
    )
    assert made.entity_id not in ids(home, 1)
    assert made.entity_id in ids(home, 2)
    assert entity_mentions.again(home, made.entity_id).documents == 0
    assert made.entity_id not in ids(home, 1)
    cleared(home, Label.OPEN)
    with pytest.raises(NotFoundError):
        entity_views.view(home, made.entity_id)
    # What an open reader adds under the same name is another entity to them: nothing tells of the first.
    assert entities.add(home, "person", "Zubrow Quillfeather", by=BY).label is Label.OPEN


def test_a_name_that_only_secret_documents_tell_makes_its_decision_secret(named: Home, jsonl: Jsonl) -> None:
    cleared(named, Label.SECRET)
    fill(named, jsonl, row(1, "Jane Miller came.", label="secret"), row(2, "Pyotr Sidorov came."))
    assert entities.name(named, LATIN_PUTIN, "Jane Miller", by=BY).label is Label.SECRET


def test_an_entity_is_not_taken_back_while_others_rest_on_it(two: Home) -> None:
    added = entities.add(two, "person", "Pyotr Sidorov", by=BY)
    merged = entities.merge(two, PUTIN, added.entity_id, by=BY)
    with pytest.raises(InputError, match=f"undone first: {merged.id}"):
        entities.undo(two, added.id, by=BY)
    entities.undo(two, merged.id, by=BY)
    entities.undo(two, added.id, by=BY)


# --- splits


def georgia(home: Home, *numbers: int) -> list[bool]:
    return ["iso:GE" in ids(home, n) for n in numbers]


def test_a_split_holds_in_its_context_for_what_is_stored_and_what_comes(home: Home, jsonl: Jsonl) -> None:
    rows = [
        row(1, "Georgia signed it, Zubrowka said. Georgia was glad."), row(2, "Georgia and Russia met in Tbilisi."),
    ]  # fmt: skip
    fill(home, jsonl, *rows)
    assert georgia(home, 1, 2) == [True, True]
    made = entities.split(home, "iso:GE", "Georgia", into="Georgia Inc", beside=["zubrowka"], by=BY)
    new = made.body["into"]
    assert new == "own:country:georgia-inc"
    assert georgia(home, 1, 2) == [False, True]
    assert ids(home, 1).count(new) == 2
    assert series_of(home, "1") == set()
    assert "country:GE" in series_of(home, "2")
    fill(home, jsonl, row(4, "Again Zubrowka came. Georgia listened."), row(5, "Georgia listened."))
    assert georgia(home, 4, 5) == [False, True]
    assert "country:GE" not in series_of(home, "4")
    with home.read() as c:
        shown = docs.show(c, docs.find(c, external_id="1")[0])
    assert {m.read_as for m in shown.mentions if m.id == new} == {"iso:GE"}
    entities.undo(home, made.id, by=BY)
    assert georgia(home, 1, 2, 4, 5) == [True] * 4
    assert "country:GE" in series_of(home, "1")
    with home.read() as c:
        assert c.scalars(select(s.mentions.c.was).where(s.mentions.c.was.is_not(None))).all() == []


def series_of(home: Home, external: str) -> set[str]:
    v, d, t = s.versions.c, s.documents.c, s.version_series.c
    query = select(t.series).join(s.versions, v.id == t.version_id).join(s.documents, d.id == v.document_id)
    with home.read() as c:
        return set(c.scalars(query.where(d.external_id == external)))


def test_splits_are_the_same_in_whatever_order_documents_and_rules_come(
    home: Home, jsonl: Jsonl, tmp_path: Path
) -> None:
    rows = [row(1, "Georgia signed it, Zubrowka said."), row(2, "Georgia signed, said Zubrowka and Quux."),
            row(3, "Georgia signed it.")]  # fmt: skip

    def decide(one: Home) -> None:
        entities.split(one, "iso:GE", "Georgia", into="First", beside=["Zubrowka"], by=BY)
        entities.split(one, "own:country:first", "Georgia", into="Second", beside=["Quux"], by=BY)

    fill(home, jsonl, *rows)
    decide(home)
    other = open_home(tmp_path / "other")
    try:
        decide(other)
        fill(other, jsonl, *rows)
        for n, its in ((1, "own:country:first"), (2, "own:country:second"), (3, "iso:GE")):
            assert its in ids(home, n)
            assert its in ids(other, n)
    finally:
        other.close()


def test_a_rule_fits_only_where_all_of_its_context_holds() -> None:
    rule = splits.Rule(decision=1, entity="iso:GE", name=splits.plain_words("Georgia"), into="x", label=Label.OPEN,
                       lang="en", country="US", beside=("Atlanta Braves", "iso:US"))  # fmt: skip
    context = splits.Context(
        lang="en", label=Label.OPEN, countries=frozenset({"US", "GE"}), entities=frozenset({"iso:US"}),
        text=splits.plain_words("The ATLANTA  Braves won."),
    )  # fmt: skip
    assert splits.fits(rule, "iso:GE", "GEORGIA", context)
    for other in (
        replace(context, lang="fr"), replace(context, countries=frozenset({"GE"})),
        replace(context, entities=frozenset()),
        replace(context, text=splits.plain_words("Atlanta won, braves lost.")),
    ):  # fmt: skip
        assert not splits.fits(rule, "iso:GE", "Georgia", other)
    assert not splits.fits(replace(rule, label=Label.SECRET), "iso:GE", "Georgia", context)
    assert not splits.fits(rule, "iso:GE", "Georgian", context)


def test_what_a_kill_left_undone_is_done_by_the_next_decision(home: Home, jsonl: Jsonl) -> None:
    fill(home, jsonl, row(1, "Georgia signed it, Zubrowka said."))
    with home.write() as c:  # as far as a kill after the decision came
        decisions.add_entity(c, "own:country:x", kind="country", name="X")
        decisions.decide(c, "split", "iso:GE", {"name": "Georgia", "with": ["Zubrowka"], "into": "own:country:x"},
                         label=Label.OPEN, by=BY)  # fmt: skip
        entity_mentions.owe_splits(c)
    assert georgia(home, 1) == [True]
    entity_mentions.settle(home)
    assert georgia(home, 1) == [False]


# --- what is carried and erased


def test_decisions_travel_with_an_export_as_far_as_its_reader_is_cleared(
    two: Home, jsonl: Jsonl, tmp_path: Path
) -> None:
    cleared(two, Label.SECRET)
    entities.merge(two, PUTIN, LATIN_PUTIN, by=BY)
    entities.add(two, "person", "Zubrow Quillfeather", by=BY, label=Label.SECRET)
    entities.add(two, "person", "Anna Beispiel", by=BY, lang="de")
    fill(two, jsonl, row(5, "Georgia signed it, Zubrowka said."))
    entities.split(two, "iso:GE", "Georgia", into="Peach Land", beside=["Zubrowka"], by=BY)
    export(two, tmp_path / "open", clearance=Label.OPEN)
    assert "Quillfeather" not in "".join(p.read_text("utf-8") for p in (tmp_path / "open").glob("*.jsonl"))
    for folder in ("empty", "filled"):
        other = open_home(tmp_path / folder)
        try:
            if folder == "filled":
                fill(other, jsonl, row(7, "Georgia won, Zubrowka said again."))
            restore(other, tmp_path / "open")
            assert LATIN_PUTIN in ids(other, 1)
            assert entity_views.view(other, "own:person:anna-beispiel").names[0].name == "Anna Beispiel"
            assert "own:country:peach-land" in ids(other, 5)
            if folder == "filled":
                assert "own:country:peach-land" in ids(other, 7)
            restore(other, tmp_path / "open")
            with other.read() as c:
                assert len(decisions.decided(c, clearance=Label.TOP_SECRET)) == 3
        finally:
            other.close()


def test_what_was_decided_of_a_name_goes_with_the_last_document_that_has_it(two: Home) -> None:
    entities.merge(two, PUTIN, LATIN_PUTIN, by=BY)
    entities.name(two, "body:asean", "Zubrowka Club", by=BY)
    with two.read() as c:
        gone = docs.find(c, external_id="1")
    done = erase(two, gone, why="test")
    assert done.decisions == 1
    with two.read() as c:
        assert [x.what for x in decisions.decided(c, clearance=Label.TOP_SECRET)] == ["name"]
        assert c.scalars(select(s.entity_links.c.entity_id)).all() == []
    left = (two.path / "vedette.db").read_bytes().decode("utf-8", "ignore").lower()
    assert "сидоров" not in left
    assert PUTIN not in left


# --- bad input


@pytest.mark.parametrize(("name", "reason"), [
    ("", "empty"), ("   \u200b", "empty"), ("x" * 10_000, "10000 characters"), ("a\x07b c", "control characters"),
    ("7", "two letters"),
])  # fmt: skip
def test_names_that_are_none_are_refused(home: Home, name: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        entities.add(home, "person", name, by=BY)
    with pytest.raises(InputError, match=reason):
        entities.name(home, "iso:VN", name, by=BY)
    with pytest.raises(InputError, match=reason):
        entities.split(home, "iso:VN", name, into="X Y", by=BY)
    with home.read() as c:
        assert decisions.decided(c, clearance=Label.TOP_SECRET) == []


def test_names_are_kept_as_they_are_written_right_to_left_ones_too(home: Home, jsonl: Jsonl) -> None:
    made = entities.add(home, "person", "\u202eمحمد بن زبروكة\u202c", by=BY, lang="ar")
    assert made.body["name"] == "محمد بن زبروكة"
    fill(home, jsonl, row(1, "قال محمد بن زبروكة إن المحادثات مستمرة.", lang="ar"))
    assert made.entity_id in ids(home, 1)


@pytest.mark.parametrize(("args", "reason"), [
    ({"kind": "wizard"}, "no kind"), ({"entity": "name:person:x"}, "given by Vedette"),
    ({"entity": "No id"}, "an id is"),
    ({"lang": "Klingon!"}, "language"), ({"entity": "body:asean"}, "already"), ({"note": "x" * 2000}, "note"),
])  # fmt: skip
def test_what_an_added_entity_may_not_be(home: Home, args: dict[str, str], reason: str) -> None:
    given = {"kind": "person", "name": "Anna Beispiel", "by": BY, **args}
    with pytest.raises(InputError, match=reason):
        entities.add(home, given.pop("kind"), given.pop("name"), **given)  # type: ignore[arg-type]


def test_a_name_of_mixed_scripts_is_doubted() -> None:
    assert doubts("V\u0456etnam")
    assert not doubts("Việt Nam")
    assert not doubts("Москва Moscow")
    assert not doubts("東京タワー")


def test_ids_that_nobody_has_are_told(home: Home) -> None:
    with pytest.raises(NotFoundError):
        entity_views.view(home, "name:person:nobody")
    for number in (77, 2**80):
        with pytest.raises(NotFoundError):
            entities.undo(home, number, by=BY)
    with pytest.raises(NotFoundError):
        entities.name(home, "x", "Anna Beispiel", by=BY)


def test_own_names_stand_before_the_gazetteers() -> None:
    base = Gazetteer([{"id": "body:x", "kind": "body", "name": "Blue House", "names": {"en": ["Blue House"]}}])
    own = Gazetteer([{"id": "own:body:y", "kind": "body", "name": "Blue House", "names": {"en": ["Blue House"]}}])
    both = base.fronted(own)
    assert [(m.entity_id, m.method) for m in both.find("The Blue House said so.", lang="en")] == [
        ("own:body:y", "operator")
    ]
    assert [m.entity_id for m in base.find("The Blue House said so.", lang="en")] == ["body:x"]
    assert {one.id for one in both.entities()} == {"body:x", "own:body:y"}
    assert len(both) == 2


def test_a_name_is_shown_in_no_spelling_that_only_stricter_documents_have(tmp_path: Path, jsonl: Jsonl) -> None:
    home = open_home(tmp_path / "home")
    fill(home, jsonl, row(1, "Bộ trưởng Nguyễn Văn Thưởng đã gặp ông Trần Hùng ở Huế.", lang="vi", label="secret"))
    one = name_id(EntityKind.PERSON, "Tran Hung")
    assert entity_views.view(home, one).name == "Trần Hùng"
    fill(home, jsonl, row(2, "Minister Nguyen Van Thuong met Tran Hung in Minsk."))
    assert entity_views.view(home, one).name == "Tran Hung"
    fill(home, jsonl, row(3, "Ông Trần Hùng đã trở lại Huế hôm qua.", lang="vi", label="secret"))
    assert entity_views.view(home, one).name == "Tran Hung"
