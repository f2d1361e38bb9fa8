"""TEI volumes: what the markup says, and hostile or damaged XML."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.document import Document, DocumentKind
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.readers import read

OPTIONS = ReadOptions(read_at=datetime(2024, 6, 1, tzinfo=UTC))
HEAD = (
    '<TEI xmlns="http://www.tei-c.org/ns/1.0" xmlns:frus="http://history.state.gov/frus/ns/1.0" xml:id="frus1950v99">'
    '<teiHeader><fileDesc><titleStmt><title type="series">Series</title>'
    '<title type="complete">Papers,\n  1950, Volume 99</title>'
    "</titleStmt></fileDesc></teiHeader><text><body><div type='chapter'>"
)
TAIL = "</div></body></text></TEI>"
CABLE = """<div type="document" xml:id="d7" n="7" frus:doc-dateTime-min="1950-06-25T21:30:00-05:00">
<head>7. The Consul at <placeName>Lyon</placeName> (<persName type="from">Moreau</persName>) to the
 <gloss type="to">Secretary of State</gloss><note n="1" xml:id="d7fn1">Repeated to Geneva.</note></head>
<note rend="inline" type="source">File No. 512/8</note><note rend="inline" type="source">[Telegram]</note>
<note n="2" type="source">Source: Department, Confidential Files. Secret; Priority; Nodis. Drafted by Hale.</note>
<dateline><placeName><hi rend="smallcaps">Lyon</hi></placeName>,
 <date when="1950-06-25">June 25, 1950</date>.</dateline>
<list type="subject"><head>SUBJECT</head><item>River tolls</item></list>
<p>The prefect agreed<note n="3" xml:id="d7fn3">See document 3.</note> to lower the
   tolls.<pb n="12"/> He asked for <ref target="#d3">our earlier note</ref>.</p>
<table><row><cell>Barges</cell><cell>40</cell></row></table>
<closer><signed>Moreau</signed></closer></div>"""


def parse(text: str | bytes) -> list[Document | Failure]:
    data = text.encode() if isinstance(text, str) else text
    found = [reading.item for reading in read(data, kind="tei", item="v.xml", options=OPTIONS)]
    assert all(isinstance(one, Document | Failure) for one in found)
    return found  # type: ignore[return-value]


def test_what_the_markup_says() -> None:
    (cable,) = parse(HEAD + CABLE + TAIL)
    assert isinstance(cable, Document)
    assert cable.title == "The Consul at Lyon (Moreau) to the Secretary of State"
    assert (cable.source, cable.external_id, cable.kind) == (
        "Papers, 1950, Volume 99",
        "frus1950v99/d7",
        DocumentKind.CABLE,
    )
    assert cable.published == datetime(1950, 6, 26, 2, 30, tzinfo=UTC)
    assert cable.url == "https://history.state.gov/historicaldocuments/frus1950v99/d7"
    meta = cable.meta
    assert (meta["from"], meta["to"], meta["place"]) == (["Moreau"], ["Secretary of State"], "Lyon")
    assert meta["subject"] == ["River tolls"]
    assert meta["classification"] == "Secret; Priority; Nodis"
    assert meta["form"] == "Telegram"
    assert meta["references"] == ["File No. 512/8", "frus1950v99/d3"]
    assert meta["notes"] == ["Repeated to Geneva.", "See document 3."]


def test_notes_are_not_in_the_running_text() -> None:
    (cable,) = parse(HEAD + CABLE + TAIL)
    assert isinstance(cable, Document)
    assert cable.text.split("\n")[0] == "Lyon, June 25, 1950."
    assert "The prefect agreed to lower the tolls. He asked for our earlier note." in cable.text.split("\n")
    assert "Barges | 40" in cable.text
    assert "See document 3" not in cable.text


@pytest.mark.parametrize(
    ("body", "when"),
    [
        ("<dateline><date when='1950-06-25'>x</date></dateline><p>t</p>", (1950, 6, 25)),
        ("<dateline><date notBefore='1950-06-24'>x</date></dateline><p>t</p>", (1950, 6, 24)),
        ("<dateline>Lyon, <date>June 23, 1950</date></dateline><p>t</p>", (1950, 6, 23)),
        ("<head>Note of June 22, 1950</head><p>t</p>", (1950, 6, 22)),
        ("<p>t</p><postscript><p>Lyon, June 21, 1950.</p></postscript>", (1950, 6, 21)),
        ("<p>t</p><p>Lyon, June 20, 1950.</p>", (1950, 6, 20)),
        ("<dateline>Lyon, undated. [Received June 19, 1950]</dateline><p>t</p>", (1950, 6, 19)),
        (
            "<p>In the talks of June 18, 1950, which went on for so long that nobody who was there remembered later "
            "how they had begun, the prefect did not give way at all.</p>",
            None,
        ),
    ],
)
def test_dates_wherever_they_stand(body: str, when: tuple[int, int, int] | None) -> None:
    (cable,) = parse(f"{HEAD}<div type='document' xml:id='d1'>{body}</div>{TAIL}")
    assert isinstance(cable, Document)
    assert cable.published == (datetime(*when, tzinfo=UTC) if when else None)


def test_a_cut_volume_gives_what_came_before_and_says_so() -> None:
    whole = HEAD + CABLE + CABLE.replace("d7", "d8") + TAIL
    found = parse(whole[: whole.rindex("<closer>")])
    assert isinstance(found[0], Document)
    assert isinstance(found[-1], Failure)
    assert "damaged" in found[-1].error
    assert found[-1].source == "Papers, 1950, Volume 99"


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE TEI [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + HEAD
        + "<div type='document'><p>&x;</p></div>"
        + TAIL,
        '<!DOCTYPE TEI [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
        + HEAD
        + "<div type='document'><p>&b;</p></div>"
        + TAIL,
        "<html><body><p>no</p></body></html>",
        "words",
        "<TEI>",
    ],
    ids=["external", "bomb", "html", "words", "stump"],
)
def test_hostile_or_foreign_xml_is_refused(text: str) -> None:
    found = parse(text)
    assert found
    assert all(isinstance(one, Failure) for one in found)


def test_entities_in_another_encoding_are_seen_as_well() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE TEI [<!ENTITY a "aaaa">]>' + HEAD + CABLE + TAIL
    (only,) = parse(text.encode("utf-16"))
    assert isinstance(only, Failure)
    assert "entities" in only.error


def test_nesting_without_end_is_survived() -> None:
    found = parse(HEAD + "<div type='document' xml:id='d1'>" + "<p>" * 50_000 + "x")
    assert isinstance(found[-1], Failure)


def test_a_text_without_divisions_is_one_document() -> None:
    (only,) = parse('<TEI xmlns="http://www.tei-c.org/ns/1.0"><text><body><p>All there is.</p></body></text></TEI>')
    assert isinstance(only, Document)
    assert only.text == "All there is."
