from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest

from domain.document import Document
from domain.event import Event
from domain.label import Label
from domain.time import parse_instant
from index.store.events import save_events
from interfaces.dashboard import data
from service.pipeline import ingest_documents
from service.search import Query, search
from service.stories import story_of
from service.wiring import Home
from tests.dashboard.conftest import Open, markup, shown
from tests.dashboard.test_markup import tags

HOSTILE = Document(
    source="<img src=x onerror=alert(1)>",
    title="<script>alert('title')</script> Рынок \u202egnp.exe",
    text="China and <b>Vietnam</b> said: <script>alert(1)</script> ![x](http://evil.example/x.png)\n\nفيتنام والصين",
    item="<svg onload=alert(1)>",
    external_id="hostile-1",
    known=parse_instant("2014-05-06T10:00:00Z"),
    known_basis="published",
    published=parse_instant("2014-05-06T10:00:00Z"),
    url="javascript:alert(1)",
    meta={"from": "<iframe src=//evil.example>", "references": ["A. <a href='//evil.example'>x</a>"]},
)
ALLOWED = {"div", "span", "h1", "h3", "h4", "p", "mark", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td",
           "strong", "small", "i", "b", "em", "ins", "del", "a"}  # fmt: skip


def one(home: Home, query: str) -> str:
    return search(home, [Query("1", query)], k=1)[0].hits[0].document_id


def test_a_cable_is_shown_with_its_heads_and_entities(demo_home: Home, opened: Open) -> None:
    which = next(line.id for line in data.newest(data.scope_of(str(demo_home.path))[0], limit=404)
                 if line.source == "Embassy Beijing")  # fmt: skip
    at = opened(demo_home, "document", id=which)
    seen = shown(at)
    assert "Where it is from" in seen
    assert "As the paper says" in seen
    assert "Classification" in seen
    assert "EMBASSY BEIJING" in seen
    assert 'class="v-e-country"' in markup(at)
    scope, _ = data.scope_of(str(demo_home.path))
    document = data.document(scope, which)
    assert "".join(document.versions[-1].text.split()) in "".join(seen.split())


def test_kinds_of_entities_can_be_switched_off(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "document", id=one(demo_home, "giàn khoan Hải Dương 981"))
    assert '<mark class="v-e-country"' in markup(at)
    at.button_group(key="kinds_shown").set_value([]).run()
    assert not at.exception
    assert "<mark" not in markup(at)


def test_it_opens_by_external_id_and_by_the_box(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "document", id="r-0503-en-a01")
    assert "China posts drilling notice" in shown(at)
    at = opened(demo_home, "document")
    at.text_input[0].set_value("r-0503-vi-a01")
    next(b for b in at.button if b.label == "Open").click().run()
    assert not at.exception
    assert "Trung Quốc đưa giàn khoan Hải Dương 981" in shown(at)


@pytest.mark.parametrize("which", ["d0000000000", "nobody", "<script>", "d' OR 1=1"])
def test_what_is_not_there_is_told(demo_home: Home, opened: Open, which: str) -> None:
    at = opened(demo_home, "document", id=which)
    assert "There is no such document" in shown(at)


def test_what_was_not_known_yet_is_not_there(demo_home: Home, opened: Open) -> None:
    at = opened(demo_home, "document", id="r-0503-en-a01", day="2014-05-02")
    assert "There is no such document" in shown(at)


def test_versions_are_shown_with_what_changed(own_home: Home, opened: Open) -> None:
    first = Document(
        source="Test Wire", title="Rig moves", text="The rig moved south on Friday. China said so.", item="w#1",
        external_id="w-1", known=parse_instant("2014-07-01T08:00:00Z"), known_basis="published",
        published=parse_instant("2014-07-01T08:00:00Z"),
    )  # fmt: skip
    later = Document(
        source="Test Wire", title="Rig moves", text="The rig moved north on Friday. China said so.", item="w#1",
        external_id="w-1", known=first.known + timedelta(days=2), known_basis="published", published=first.published,
    )  # fmt: skip
    ingest_documents(own_home, [first])
    assert ingest_documents(own_home, [later]).updated == 1
    at = opened(own_home, "document", id="w-1")
    assert "Versions (2)" in [tab.label for tab in at.tabs]
    assert "<del>south</del><ins>north</ins>" in markup(at)
    before = opened(own_home, "document", id="w-1", day="2014-07-02")
    assert "moved south" in shown(before)
    assert "north" not in shown(before)


REPORT = (
    "HANOI (Reuters) - Vietnam and China agreed on Monday to reopen a hotline between their fishery authorities "
    "after three months of silence. Officials of both sides met in the border city of Mong Cai. "
    "A spokesman in Beijing called the talks constructive and said a second round would follow in Nanning. "
    "Fishermen from Quang Ngai had complained that no one answered when their boats were boarded near the Paracel "
    "Islands. The agreement does not touch on sovereignty, both sides said. "
    "Analysts in Singapore called it a modest step."
)


def told(source: str, name: str, title: str, text: str, hours: int) -> Document:
    at = parse_instant("2014-07-01T08:00:00Z") + timedelta(hours=hours)
    return Document(source=source, title=title, text=text, item=f"{source}#{name}", external_id=name, known=at,
                    known_basis="published", published=at, url=f"https://{name}.example/hotline")  # fmt: skip


def test_who_else_carried_it_is_told_with_how_alike_it_is(own_home: Home, opened: Open) -> None:
    assert ingest_documents(own_home, [
        told("Test Wire", "w-1", "Hotline reopens", REPORT, 0),
        told("Test Gazette", "g-1", "Hotline reopens", REPORT, 3),
        told("Test Courier", "c-1", "A <i>hotline</i> at sea", REPORT.replace("HANOI ", "").replace(
            "Officials of both sides met in the border city of Mong Cai. ", ""), 30),
    ]).failed == 0  # fmt: skip
    early = opened(own_home, "document", id="w-1", day="2014-07-01")
    assert "Carried by (1)" in [tab.label for tab in early.tabs]
    at = opened(own_home, "document", id="w-1")
    seen, html = shown(at), markup(at)
    assert "Carried by (2)" in [tab.label for tab in at.tabs]
    assert "also carried by Test Gazette, Test Courier" in seen
    assert "2 other tellings of it in 2 sources." in seen
    assert re.search(
        r"exact copy Test Gazette Hotline reopens https://g-1.example/hotline .* 3 hours after this one", seen
    )
    assert re.search(r"wire copy \d\d % the same; \d\d % of the shorter stands in the other Test Courier", seen)
    assert "<i>" not in html
    held = data.document(data.scope_of(str(own_home.path))[0], "c-1")
    assert f'href="document?id={held.id}"' in html
    # What is held as a copy only is opened as what it copies.
    assert "Test Wire" in shown(opened(own_home, "document", id="g-1"))
    assert "Nobody else is known to have carried it" in shown(opened(own_home, "document", id="r-0503-vi-a01"))


def test_a_change_is_told_by_sentences(own_home: Home, opened: Open) -> None:
    first = told("Test Wire", "w-2", "Hotline", REPORT, 0)
    changed = REPORT.replace("three months", "four months").replace("both sides said. ", "both sides said. It rained. ")
    assert ingest_documents(own_home, [first]).new == 1
    for i, text in enumerate((changed, changed.replace("a modest step", "a tiny step")), 1):
        later = replace(first, text=text, known=first.known + timedelta(days=i))
        assert ingest_documents(own_home, [later]).updated == 1
    at = opened(own_home, "document", id="w-2")
    assert "Versions (3)" in [tab.label for tab in at.tabs]
    assert "1 sentence changed" in shown(at)
    assert "a <del>modest</del><ins>tiny</ins> step" in markup(at)
    assert "sentences unchanged" in shown(at)
    which = data.document(data.scope_of(str(own_home.path))[0], "w-2").id
    at.selectbox(key=f"old_{which}").set_value(1).run()
    assert not at.exception
    assert "2 sentences changed, 1 sentence added" in shown(at)
    assert "<ins>It rained.</ins>" in markup(at)
    at.selectbox(key=f"new_{which}_1").set_value(2).run()
    assert "<del>three</del><ins>four</ins> months" in markup(at)
    assert "<ins>tiny</ins>" not in markup(at)


def test_the_formatted_text_stays_in_its_frame_and_is_not_what_is_shown_first(own_home: Home, opened: Open) -> None:
    stored = "<h2>Communiqué</h2><ul><li>first</li></ul><script>alert(1)</script><p onclick=x>end</p>"
    ingest_documents(own_home, [replace(told("Test Post", "p-1", "Communiqué", "first\n\nend of it", 0), html=stored)])
    at = opened(own_home, "document", id="p-1")
    assert not at.get("iframe")
    assert "end of it" in shown(at)
    at.button_group(key="text_shown").set_value("as it was formatted").run()
    assert not at.exception
    [frame] = at.get("iframe")
    page = unescape(frame.proto.srcdoc)
    assert "<h2>Communiqué</h2><ul><li>first</li></ul><p>end</p>" in page
    assert "alert(1)" not in page
    assert 'sandbox=""' in frame.proto.srcdoc
    assert "Communiqué</h2>" not in markup(at)
    assert not opened(own_home, "document", id="r-0503-vi-a01").get("iframe")


def test_a_story_and_events_are_told_where_there_are_any(own_home: Home, opened: Open) -> None:
    scope, _ = data.scope_of(str(own_home.path))
    which = data.document(scope, "r-0503-vi-a01").id
    event = Event(
        day=date(2014, 5, 3), known=parse_instant("2014-05-04T00:00:00Z"), source_actor="China", target_actor="Hà Nội",
        source_country="CN", target_country="VN", cameo="138", goldstein=-7.0, origin="test", document_id=which,
    )  # fmt: skip
    with own_home.write() as c:
        save_events(c, [event, replace(event, cameo="190", label=Label.SECRET)])
    at = opened(own_home, "document", id=which)
    assert "Coded events" not in shown(at)  # it costs time: only the tab that is open is made
    at.session_state[f"tabs_{which}"] = "Story and events"
    at.run()
    assert not at.exception
    seen = shown(at)
    assert "3 May 2014 China threat 138 Hà Nội (Vietnam) -7.0" in seen
    assert "fighting 190" in seen
    story = story_of(own_home, which)
    assert story is not None
    assert len(story.document_ids) > 1
    assert f"{len(story.document_ids)} documents {len(set(story.sources))} sources" in seen
    early = opened(own_home, "document", id=which, day="2014-05-03")
    early.session_state[f"tabs_{which}"] = "Story and events"
    early.run()
    # Known a day later: by the end of the third nobody had told of it, though the paper's own event was there.
    assert "threat 138" not in shown(early)
    assert "fighting 190" not in shown(early)
    (own_home.path / "vedette.toml").write_text('[reader]\nclearance = "open"\n', "utf-8")
    data.opened.clear()
    at = opened(own_home, "document", id=which)
    at.session_state[f"tabs_{which}"] = "Story and events"
    at.run()
    assert "threat 138" in shown(at)
    assert "190" not in shown(at)


def test_nothing_stored_becomes_markup_in_any_view(own_home: Home, opened: Open) -> None:
    assert ingest_documents(own_home, [HOSTILE]).new == 1
    for view, parameters in (
        ("document", {"id": "hostile-1"}), ("overview", {}), ("search", {"q": "China Vietnam script alert"}),
        ("document", {}), ("sources", {}), ("sources", {"name": HOSTILE.source}),
    ):  # fmt: skip
        at = opened(own_home, view, day="2014-05-06", **parameters)
        html = markup(at)
        assert "alert(1)" in html or "alert('title')" in shown(at)
        assert "There is no such source" not in html
        seen = tags(html)
        assert {name for name, _ in seen} <= ALLOWED
        assert not [a for _, attributes in seen for a in attributes if a.startswith("on")]
        own = ("http", "sources?", "entities?", "stories?")
        assert all((a["href"] or "").startswith(own) for name, a in seen if name == "a")
        assert "\u202e" not in html
        # What Streamlit reads as Markdown is never stored text.
        assert not any("alert(" in m.value or "evil" in m.value for m in at.markdown)
