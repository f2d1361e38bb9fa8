"""JSON Lines as in the contract."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.document import Document, DocumentKind
from domain.label import Label
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.readers import read

OPTIONS = ReadOptions(read_at=datetime(2024, 6, 1, tzinfo=UTC))


def parse(data: bytes) -> list[Document | Failure]:
    found = [reading.item for reading in read(data, kind="jsonl", item="desk/in.jsonl", options=OPTIONS)]
    assert all(isinstance(one, Document | Failure) for one in found)
    return found  # type: ignore[return-value]


def row(**fields: object) -> Document | Failure:
    (only,) = parse(json.dumps(fields).encode())
    return only


def test_every_field() -> None:
    document = row(
        text="Văn bản.",
        id=7,
        title="<b>Tiêu đề</b>",
        url="https://a.example/x?utm_source=f",
        published="2014-05-02T10:00:00+07:00",
        lang="vi",
        source="Bản tin",
        label="Top Secret",
        fetched="2014-05-03",
        kind="cable",
        place="Hà Nội",
        pages=[3, 4],
    )
    assert isinstance(document, Document)
    assert document.external_id == "7"
    assert document.title == "Tiêu đề"
    assert document.url == "https://a.example/x"
    assert document.published == datetime(2014, 5, 2, 3, tzinfo=UTC)
    assert (document.known, document.known_basis) == (datetime(2014, 5, 3, tzinfo=UTC), "fetched")
    assert (document.lang_hint, document.source, document.label) == ("vi", "Bản tin", Label.TOP_SECRET)
    assert document.kind is DocumentKind.CABLE
    assert document.meta == {"place": "Hà Nội", "pages": ["3", "4"]}


def test_text_alone_is_enough() -> None:
    document = row(text="First line\nand more")
    assert isinstance(document, Document)
    assert (document.title, document.source, document.item) == ("First line", "desk", "desk/in.jsonl:1")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1, 2]", "not an object but a list"),
        (b"null", "not an object but null"),
        (b'"text"', "not an object but a text"),
        (b"{broken", "not JSON"),
        (b'{"title": "x"}', 'has no "text"'),
        (b'{"text": ""}', '"text" is empty'),
        (b'{"text": " \\n "}', '"text" is empty'),
        (b'{"text": "\\u0000\\u0007"}', "holds no text"),
        (b'{"text": 5}', '"text" is not a text but a number'),
        (b'{"text": "x", "title": {}}', '"title" is not a text but an object'),
        (b'{"text": "x", "label": "purple"}', "unknown label"),
        (b'{"text": "x", "fetched": "soon"}', '"fetched" is not a date'),
        (b'{"text": "' + b"[" * 10 + b"x", "not JSON"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_read(line: bytes, reason: str) -> None:
    first, failure, last = parse(b'{"text": "before"}\n' + line + b'\n\n{"text": "after"}')
    assert isinstance(first, Document)
    assert isinstance(last, Document)
    assert last.item == "desk/in.jsonl:4"
    assert isinstance(failure, Failure)
    assert failure.item == "desk/in.jsonl:2"
    assert reason in failure.error


def test_a_kind_of_the_sources_own_is_kept_beside() -> None:
    document = row(text="x", kind="memorandum")
    assert isinstance(document, Document)
    assert document.kind is DocumentKind.REPORT
    assert document.meta == {"kind": "memorandum"}


@pytest.mark.parametrize("printed", ["0000-01-01", "2099-05-05", "1066-10-14", "whenever"])
def test_an_impossible_date_costs_the_date_not_the_document(printed: str) -> None:
    document = row(text="x", published=printed)
    assert isinstance(document, Document)
    assert document.published is None
    assert document.meta["published_as_printed"] == printed


def test_what_was_known_later_than_now_is_known_now() -> None:
    document = row(text="x", fetched="2030-01-01")
    assert isinstance(document, Document)
    assert document.known == OPTIONS.read_at


texts = st.text(max_size=40)


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"text": texts}, optional={"id": texts | st.integers(), "title": texts, "published": texts}
        )
        | st.dictionaries(
            texts, st.none() | st.booleans() | st.integers() | texts | st.lists(texts, max_size=2), max_size=4
        )
        | st.integers()
        | st.lists(texts, max_size=2),
        max_size=6,
    )
)
def test_one_reading_for_each_line(rows: list[object]) -> None:
    data = "\n".join(json.dumps(one) for one in rows).encode()
    found = parse(data)
    if not rows:
        assert [one.error for one in found if isinstance(one, Failure)] == ["is empty"]
        return
    assert len(found) == len(rows)
    for number, (given_row, one) in enumerate(zip(rows, found, strict=True), start=1):
        assert one.item == f"desk/in.jsonl:{number}"
        if isinstance(one, Document):
            assert isinstance(given_row, dict)
            assert one.text.split() == [] or one.text[0] in given_row["text"] or not given_row["text"].isascii()


def test_a_line_in_another_encoding_is_read_by_itself() -> None:
    lines = ["Tàu cá Việt Nam bị đâm chìm gần quần đảo Hoàng Sa, Bộ Ngoại giao phản đối.",
             "Der Außenminister von Österreich äußerte sich über die Lage.",
             "Министр иностранных дел встретился с послом Вьетнама"]  # fmt: skip
    encodings = ["utf-8", "cp1252", "cp1251"]
    raw = [json.dumps({"text": line}, ensure_ascii=False).encode(e) for line, e in zip(lines, encodings, strict=True)]
    found = parse(b"\n".join([raw[0], raw[0].replace(b"T", b"t"), *raw[1:]]))
    assert [one.text for one in found if isinstance(one, Document)] == [
        lines[0],
        lines[0].replace("T", "t"),
        *lines[1:],
    ]
