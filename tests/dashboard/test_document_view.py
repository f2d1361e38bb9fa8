from __future__ import annotations

from datetime import timedelta

import pytest

from domain.document import Document
from domain.time import parse_instant
from interfaces.dashboard import data
from service.pipeline import ingest_documents
from service.search import Query, search
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


def test_nothing_stored_becomes_markup_in_any_view(own_home: Home, opened: Open) -> None:
    assert ingest_documents(own_home, [HOSTILE]).new == 1
    for view, parameters in (
        ("document", {"id": "hostile-1"}), ("overview", {}), ("search", {"q": "China Vietnam script alert"}),
        ("document", {}),
    ):  # fmt: skip
        at = opened(own_home, view, day="2014-05-06", **parameters)
        html = markup(at)
        assert "alert(1)" in html or "alert('title')" in shown(at)
        seen = tags(html)
        assert {name for name, _ in seen} <= ALLOWED
        assert not [a for _, attributes in seen for a in attributes if a.startswith("on")]
        assert all((a["href"] or "").startswith("http") for name, a in seen if name == "a")
        assert "\u202e" not in html
        # What Streamlit reads as Markdown is never stored text.
        assert not any("alert(" in m.value or "evil" in m.value for m in at.markdown)
