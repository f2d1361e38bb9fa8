"""Near duplicates and wire copies in a real store: what is linked, who may see it, and what is not linked."""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select

from domain.document import Analysis, Document, Filters, Language, Passage
from domain.label import Label
from index import near
from index.store import copies, identity
from index.store import documents as docs
from index.store import schema as s
from index.store.engine import open_engine
from index.store.identity import Ready
from nlp import segment
from nlp.agencies import agency_of

DAY = datetime(2014, 5, 3, tzinfo=UTC)
WIRE = (
    "HANOI, May 3 (Reuters) - A Chinese drilling rig was towed on Saturday into waters that both countries claim, "
    "and coast guard ships followed it closely. Fishermen from the central provinces said that they had been warned to "
    "keep ten miles away from the platform. The foreign ministry called in the ambassador and handed over a note of "
    "protest about the matter. Diplomats in the region expect the dispute to be raised at the summit of the "
    "association next week. Shipping insurers have so far not changed their premiums for the route, one broker in "
    "Singapore said. The price of crude oil hardly moved in early trading on Monday morning in Asia. Analysts recalled "
    "that a similar platform had been withdrawn two years ago after talks between the two parties. A spokesman for the "
    "company that owns the rig declined to comment on its plans for the season. The navy of a third country observed "
    "the convoy from a distance without taking part in anything. Weather forecasts speak of a storm that may reach the "
    "area before the end of the week. The two prime ministers have not spoken to each other since the beginning of the "
    "month, officials said."
)
OTHER = (
    "The finance minister presented a supplementary budget in parliament on Tuesday with new money for roads in the "
    "north. Opposition members asked for the figures of last year before any vote is taken on the proposal. The "
    "governor of the central bank warned of higher inflation if wages in the public sector grow faster than planned. "
    "Unions announced a march for the first of June through the old town of the capital. The debate goes on."
)
SENTENCES = WIRE.split(". ")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = open_engine(tmp_path_factory.mktemp("near") / "v.db")
    yield made
    made.dispose()


@contextmanager
def empty(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as c, c.begin() as transaction:
        yield c
        transaction.rollback()


def take(
    c: Connection, name: str, text: str, *, source: str = "", title: str = "", label: Label = Label.OPEN, hours: int = 0
) -> str:
    one = Document(source=source or name, title=title or f"As told by {name}", text=text, item=name, external_id=name,
                   known=DAY + timedelta(hours=hours), label=label)  # fmt: skip
    spans = segment.sentences(text, lang="en")
    analysis = Analysis(language=Language("en", 1.0), sentences=spans, mentions=(),
                        passages=(Passage(0, 0, len(text), text),))  # fmt: skip
    identity.record(
        c, one, Ready(analysis=analysis, sketch=near.sketch(one.title, text, spans), agency=agency_of(text))
    )
    return one.id


def group(c: Connection, document: str, **filters: object) -> dict[str, str]:
    return {x.source: x.how for x in copies.group_of(c, document, Filters(**filters))}  # type: ignore[arg-type]


def test_an_edited_copy_elsewhere_is_a_wire_copy_and_another_text_is_none(engine: Engine) -> None:
    with empty(engine) as c:
        first = take(c, "a", WIRE)
        take(c, "b", WIRE.replace("Saturday", "Sunday").replace("closely", "at a distance"))
        take(c, "c", OTHER)
        assert group(c, first) == {"b": "wire"}


@pytest.mark.parametrize("kept", [slice(0, 4), slice(1, 5), slice(0, 11, 2)])
def test_a_copy_cut_to_a_third_or_half_is_found_by_its_sentences(engine: Engine, kept: slice) -> None:
    with empty(engine) as c:
        first = take(c, "a", WIRE)
        take(c, "b", ". ".join(SENTENCES[kept]) + ".")
        (found,) = copies.group_of(c, first, Filters())
        assert found.how == "wire"
        assert found.share is not None
        assert found.similarity is not None
        assert found.share > 0.7 > found.similarity


def test_half_of_an_agency_s_report_within_one_s_own_is_a_copy_only_with_its_credit(engine: Engine) -> None:
    own = OTHER.replace("The debate goes on.", "") + " " + ". ".join(SENTENCES[1:5]) + "."
    with empty(engine) as c:
        first = take(c, "a", WIRE)
        take(c, "b", own + " (Reuters)")
        take(c, "c", own.replace("Tuesday", "Monday") + " (AFP)")
        assert group(c, first)["b"] == "wire"
        assert [(row.version_id, row.other_id) for row in c.execute(select(s.near))] == [(2, 1), (3, 2)]


def test_within_one_source_likes_are_near_and_versions_of_one_document_are_not_linked(engine: Engine) -> None:
    with empty(engine) as c:
        first = take(c, "a", WIRE, source="S")
        take(c, "b", WIRE.replace("Saturday", "Sunday"), source="S")
        take(c, "a", WIRE.replace("Saturday", "Friday"), source="S", hours=1)
        assert group(c, first) == {"S": "near"}
        linked = {(r.version_id, r.other_id) for r in c.execute(select(s.near))}
        assert linked == {(2, 1), (3, 2)}


def test_bulletins_that_differ_in_their_headlines_alone_are_not_alike(engine: Engine) -> None:
    teaser = "Much news is brought up to date in the evening programme of today, the {} of December. Listen to it here."
    with empty(engine) as c:
        first = take(c, "a", teaser.format(9), source="S", title="Evening news: taxes on farms; a border battle")
        take(c, "b", teaser.format(18), source="S", title="Evening news: a storm comes near; a president admits")
        assert group(c, first) == {}


def test_a_link_is_seen_when_both_are_known_and_may_be_seen_and_goes_with_either(engine: Engine) -> None:
    with empty(engine) as c:
        first = take(c, "a", WIRE)
        second = take(c, "b", WIRE.replace("Saturday", "Sunday"), hours=48)
        secret = take(c, "c", WIRE.replace("Saturday", "Friday"), label=Label.SECRET, hours=1)
        assert group(c, first, as_of=DAY + timedelta(hours=48), clearance=Label.OPEN) == {}
        assert group(c, first, as_of=DAY + timedelta(hours=49), clearance=Label.OPEN) == {"b": "wire"}
        assert group(c, first) == {"b": "wire", "c": "wire"}
        docs.remove(c, [second])
        assert group(c, first) == {"c": "wire"}
        assert group(c, secret) == {"a": "wire"}
        assert group(c, first, clearance=Label.OPEN) == {}


def test_who_carries_a_text_word_for_word_is_named_with_its_time_and_label(engine: Engine) -> None:
    with empty(engine) as c:
        first = take(c, "a", WIRE, title="T", hours=2)
        take(c, "b", WIRE, title="T", hours=1)
        take(c, "c", WIRE, title="T", hours=3, label=Label.SECRET)
        held = copies.group_of(c, first, Filters())
        assert [(x.source, x.how, x.document_id, x.label) for x in held] == [
            ("b", "exact", None, Label.OPEN), ("c", "exact", None, Label.SECRET)
        ]  # fmt: skip
        assert held[0].known == DAY + timedelta(hours=1)
        assert group(c, first, clearance=Label.OPEN) == {"b": "exact"}
        # Known through the copy an hour before its own source said so.
        assert c.scalar(select(s.versions.c.known)) == DAY + timedelta(hours=1)
        assert copies.carried_by(c, "b", Filters()) == [first]
        assert copies.carried_by(c, "c", Filters(clearance=Label.OPEN)) == []


def test_when_the_one_that_speaks_for_copies_changes_one_of_them_becomes_a_document(engine: Engine) -> None:
    with empty(engine) as c:
        first = take(c, "a", WIRE, title="T")
        take(c, "b", WIRE, title="T", hours=1)
        take(c, "d", WIRE, title="T", hours=2)
        take(c, "a", WIRE + " The rig has stopped.", title="T", hours=5)
        found = copies.group_of(c, first, Filters())
        assert [(x.source, x.how, x.document_id is not None) for x in found] == [
            ("b", "wire", True), ("d", "exact", False)
        ]  # fmt: skip
        assert found[0].known == DAY + timedelta(hours=1)
        shown = docs.show(c, found[0].document_id or "")
        assert [v.known for v in shown.versions] == [DAY + timedelta(hours=5)]
        assert shown.versions[0].text == WIRE
        assert len(shown.passages) == 1


def test_a_copy_that_became_a_closed_document_is_closed_with_what_it_said_before(engine: Engine) -> None:
    with empty(engine) as c:
        first = take(c, "a", WIRE, title="T")
        take(c, "b", WIRE, title="T", hours=1)
        take(c, "b", OTHER, title="T", hours=5, label=Label.SECRET)
        (found,) = copies.group_of(c, first, Filters())
        assert (found.source, found.until) == ("b", DAY + timedelta(hours=5))
        assert copies.group_of(c, first, Filters(clearance=Label.OPEN)) == []
        assert group(c, first, clearance=Label.OPEN, as_of=DAY + timedelta(hours=3)) == {"b": "exact"}


def test_however_many_are_alike_each_is_compared_with_few_and_all_are_one_group(engine: Engine) -> None:
    with empty(engine) as c:
        names = [take(c, f"s{i}", WIRE.replace("ten miles", f"{i} miles")) for i in range(60)]
        per = [c.execute(select(s.near).where(s.near.c.version_id == i + 1)).all() for i in range(60)]
        assert max(map(len, per)) == copies.LINKS
        assert len(copies.group_of(c, names[0], Filters())) == 59
        grouped = copies.groups(c, list(range(1, 61)))
        assert set(grouped.values()) == {1}


def test_texts_in_scripts_without_spaces_are_compared_by_characters() -> None:
    text = "越南外交部发言人在例行记者会上表示,两国将就海上问题继续保持沟通,并希望有关各方保持克制,避免使局势复杂化。"
    a, b = near.sketch("", text), near.sketch("", text.replace("克制", "冷静"))
    assert a is not None
    assert b is not None
    assert near.similarities(a.minhash, [b.minhash])[0] > 0.6
    assert near.sketch("", "短文") is None


@pytest.mark.data
def test_real_papers_that_were_cut_or_edited_are_found_and_no_others(engine: Engine, shared: Path) -> None:
    """Of 150 real papers each comes once more, cut or edited: at least 95 % are linked, and nothing wrongly."""
    draw = random.Random(5)
    rows: list[str] = []
    for path in sorted((shared / "data" / "cables" / "docs").glob("*.xz"))[:4]:
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines]
        rows += [text[:4000] for text in texts if len(text) > 3000][:50]
    rows = rows[:150]
    with empty(engine) as c:
        ids = {take(c, f"p{i}", text): i for i, text in enumerate(rows)}
        found = {"edited": 0, "half": 0, "third": 0}
        for i, text in enumerate(rows):
            kind = list(found)[i % 3]
            tokens = text.split(" ")
            if kind == "edited":
                changed = [w if draw.random() > 0.03 else "altered" for w in tokens]
            else:
                changed = tokens[: len(tokens) // (2 if kind == "half" else 3)]
            one = take(c, f"q{i}", " ".join(changed), hours=1)
            likes = {x.document_id for x in copies.group_of(c, one, Filters())}
            found[kind] += any(ids.get(x or "") == i for x in likes)
        # Some of the papers quote one another (notes and the answers to them): those are alike in truth.
        n, own = len(rows), [near.shingles("", text) for text in rows]
        wrong = [
            (row.version_id - n, row.other_id)
            for row in c.execute(select(s.near).where(s.near.c.version_id > n, s.near.c.other_id <= n))
            if near.exact(own[row.version_id - n - 1], own[row.other_id - 1])[1] < 0.3
        ]
    assert found["edited"] >= 47
    assert found["half"] >= 47
    assert found["third"] >= 46
    assert wrong == []
