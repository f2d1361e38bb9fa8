"""Telegrams: header, labels, several in a file, and what is no telegram."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.document import Document, DocumentKind
from domain.label import Label
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.readers import detect_kind, read

OPTIONS = ReadOptions(read_at=datetime(2024, 6, 1, tzinfo=UTC))

FULL = """ZCZC
OO RUEHHI
P 050830Z MAY 14
FM EMBASSY QUITO
TO MFA HANOI PRIORITY
INFO MISSION NEW YORK PRIORITY
     EMBASSY LIMA ROUTINE
BT
C O N F I D E N T I A L

SUBJECT: The canal question after the
         ministerial meeting
REF: A. HANOI 31
     B. 14 LIMA 7
TAGS: PREL, EWWT, EC

1. Summary. The minister said the canal would stay open to all
flags. He named no date.

2. Comment. We expect a decree. FM radio reported it first.

BT
#0118
NNNN
"""


def parse(text: str, options: ReadOptions = OPTIONS) -> list[Document | Failure]:
    found = [reading.item for reading in read(text.encode(), kind="telegram", item="cables/x.txt", options=options)]
    assert all(isinstance(one, Document | Failure) for one in found)
    return found  # type: ignore[return-value]


def one(text: str, options: ReadOptions = OPTIONS) -> Document:
    (document,) = parse(text, options)
    assert isinstance(document, Document), document
    return document


def test_every_part_of_the_header() -> None:
    cable = one(FULL)
    assert cable.title == "The canal question after the ministerial meeting"
    assert cable.source == "Embassy Quito"
    assert cable.kind is DocumentKind.CABLE
    assert cable.published == cable.known == datetime(2014, 5, 5, 8, 30, tzinfo=UTC)
    assert cable.label is Label.CONFIDENTIAL
    assert cable.external_id == "EMBASSY QUITO 20140505T0830Z 118"
    assert cable.meta["precedence"] == "PRIORITY"
    assert cable.meta["to"] == ["MFA HANOI"]
    assert cable.meta["info"] == ["MISSION NEW YORK", "EMBASSY LIMA"]
    assert cable.meta["references"] == ["HANOI 31", "14 LIMA 7"]
    assert cable.meta["tags"] == ["PREL", "EWWT", "EC"]
    assert cable.meta["classification"] == "C O N F I D E N T I A L"


def test_numbered_paragraphs_stay_and_transmission_marks_go() -> None:
    assert one(FULL).text.split("\n\n") == [
        "1. Summary. The minister said the canal would stay open to all flags. He named no date.",
        "2. Comment. We expect a decree. FM radio reported it first.",
    ]


def test_addressees_without_indent_and_a_message_number_on_the_classification_line() -> None:
    cable = one(
        "R 121200Z JAN 09\nFM AMEMBASSY HANOI\nTO SECSTATE WASHDC 1234\n"
        "INFO ASEAN COLLECTIVE\nAMEMBASSY BEIJING 0099\n\n"
        "UNCLAS SECTION 01 OF 02 HANOI 000321\n\nSIPDIS\n\nE.O. 12958: N/A\nTAGS: PGOV\nSUBJECT: Ward elections\n\n"
        "The count took two days.\n"
    )
    assert cable.meta["info"] == ["ASEAN COLLECTIVE", "AMEMBASSY BEIJING"]
    assert cable.label is Label.OPEN
    assert (cable.meta["serial"], cable.meta["section"]) == ("000321", "1/2")
    assert cable.external_id == "AMEMBASSY HANOI 20090112T1200Z 321 part 1/2"
    assert cable.text == "The count took two days."


def test_several_in_one_file_and_one_of_them_broken() -> None:
    found = parse(FULL + "\nNot a telegram at all.\nNNNN\n" + FULL.replace("QUITO", "LIMA"))
    assert [type(one).__name__ for one in found] == ["Document", "Failure", "Document"]
    assert isinstance(found[1], Failure)
    assert found[1].item == "cables/x.txt#2"
    assert "no FM line" in found[1].error
    assert isinstance(found[2], Document)
    assert found[2].source == "Embassy Lima"


def test_telegrams_that_follow_each_other_without_an_end_mark() -> None:
    text = "R 010101Z MAY 14\nFM EMBASSY LIMA\nTO MFA HANOI\nBT\nSECRET\nSUBJECT: One\n\n1. First.\n"
    second = text.replace("010101Z", "020202Z").replace("One", "Two")
    assert [one.title for one in parse(text + second) if isinstance(one, Document)] == ["One", "Two"]


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("UNCLASSIFIED", Label.OPEN),
        ("UNCLAS", Label.OPEN),
        ("UNCLAS SENSITIVE", Label.RESTRICTED),
        ("RESTRICTED", Label.RESTRICTED),
        ("LIMITED OFFICIAL USE", Label.RESTRICTED),
        ("CONFIDENTIAL//NODIS", Label.CONFIDENTIAL),
        ("S E C R E T", Label.SECRET),
        ("NATO SECRET", Label.SECRET),
        ("TOP SECRET", Label.TOP_SECRET),
        ("T O P S E C R E T", Label.TOP_SECRET),
        ("MẬT", Label.CONFIDENTIAL),
        ("TỐI MẬT", Label.SECRET),
        ("TUYỆT MẬT", Label.TOP_SECRET),
        ("KHÔNG MẬT", Label.OPEN),
        ("СЕКРЕТНО", Label.SECRET),
    ],
)
def test_classification_lines(line: str, label: Label) -> None:
    assert one(FULL.replace("C O N F I D E N T I A L", line)).label is label


def test_an_unknown_classification_is_refused_rather_than_shown_to_all() -> None:
    (failure,) = parse(FULL.replace("C O N F I D E N T I A L", "ULTRA PURPLE"))
    assert isinstance(failure, Failure)
    assert failure.error == "unknown classification 'ULTRA PURPLE'"


def test_the_operators_label_raises_but_does_not_lower() -> None:
    assert one(FULL, ReadOptions(read_at=OPTIONS.read_at, label=Label.OPEN)).label is Label.CONFIDENTIAL
    assert one(FULL, ReadOptions(read_at=OPTIONS.read_at, label=Label.TOP_SECRET)).label is Label.TOP_SECRET


def test_a_day_that_does_not_exist_is_kept_as_printed() -> None:
    cable = one(FULL.replace("050830Z", "450830Z"))
    assert cable.published is None
    assert cable.meta["published_as_printed"] == "450830Z MAY 14"
    assert cable.known_basis == "fetched"


def test_plain_prose_is_no_telegram() -> None:
    assert detect_kind("note.txt", b"FROM here to the coast is a day.\nTO be sure, two.\n") == "text"
    assert detect_kind("note.txt", FULL.encode()) == "telegram"


posts = st.sampled_from(["EMBASSY QUITO", "MFA HANOI", "CONSULATE GENERAL LYON", "MISSION GENEVA"])
words = st.text(alphabet="abcdefghijklmnopqrstuvwxyzăđơ北京", min_size=1, max_size=12)
lines = st.lists(words, min_size=1, max_size=12).map(" ".join)


@given(
    post=posts,
    to=st.lists(posts, min_size=1, max_size=4, unique=True),
    subject=lines,
    paragraphs=st.lists(lines, min_size=1, max_size=5),
    moment=st.datetimes(datetime(1970, 1, 1), datetime(2024, 5, 31)),  # noqa: DTZ001
    serial=st.integers(1, 9999),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_what_was_sent_is_what_is_read(
    post: str, to: list[str], subject: str, paragraphs: list[str], moment: datetime, serial: int, newline: str
) -> None:
    addressees = f"TO {to[0]} ROUTINE\n" + "".join(f"   {name} PRIORITY\n" for name in to[1:])
    body = "\n\n".join(f"{n}. {text}" for n, text in enumerate(paragraphs, start=1))
    text = (
        f"R {moment.strftime('%d%H%MZ %b %y').upper()}\nFM {post}\n{addressees}BT\nSECRET\nSUBJECT: {subject}"
        f"\n\n{body}\n\nBT\n#{serial:04}\nNNNN\n"
    )
    cable = one(text.replace("\n", newline))
    assert cable.title == subject
    assert cable.meta["to"] == to
    assert cable.text == body
    assert cable.label is Label.SECRET
    assert cable.published == moment.replace(second=0, microsecond=0, tzinfo=UTC)
    assert cable.external_id is not None
    assert cable.external_id.endswith(f" {serial}")


@given(text=st.text(max_size=300) | st.lists(st.sampled_from(FULL.split("\n")), max_size=30).map("\n".join))
def test_nothing_makes_it_raise(text: str) -> None:
    assert all(isinstance(found, Document | Failure) for found in parse(text))
