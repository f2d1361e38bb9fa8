from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.test_cli import call, lines

TEXTS = [
    ("1", "en", "The minister met Zubrow Quillfeather in Hanoi on Monday, the ministry said in a statement."),
    ("2", "vi", "Bộ trưởng đã gặp ông Ngọc Thần Tiễn tại Hà Nội hôm thứ Hai, theo thông báo của bộ."),
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("entities")
    rows = [
        {"id": n, "lang": lang, "text": text, "title": "A report", "published": "2026-03-02"} for n, lang, text in TEXTS
    ]
    path = folder / "in.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", "utf-8")
    home = str(folder / "home")
    call("ingest", str(path), "--home", home)
    return home


def told(home: str, *args: str, status: int = 0) -> list[Any]:
    return lines(call("entities", *args, "--json", "--home", home, status=status))


def test_an_entity_is_added_found_named_merged_split_and_all_is_undone(filled: str, tmp_path: Path) -> None:
    [added] = told(filled, "add", "--kind", "person", "--name", "Zubrow Quillfeather", "--lang", "en",
                   "--country", "Vietnam", "--names", "vi:Ngọc Thần Tiễn", "--by", "A. Clerk", "--again")  # fmt: skip
    one = added["entity_id"]
    assert (one, added["by"], added["label"]) == ("own:person:zubrow-quillfeather", "A. Clerk", "open")
    assert added["found"] == {"documents": 2, "mentions": 2}
    [shown] = told(filled, "show", one)
    assert (shown["languages"], shown["days"]) == ({"en": 1, "vi": 1}, {"2026-03-02": 2})
    assert {x["name"] for x in shown["written"]} == {"Zubrow Quillfeather", "Ngọc Thần Tiễn"}
    assert one in {x["id"] for x in told(filled, "list", "--kind", "person", "--country", "VN", "--like", "than tien")}
    [named] = told(filled, "name", one, "Nghoc Tan Tyen", "--lang", "ru", "--by", "A. Clerk")
    [other] = told(filled, "add", "--kind", "person", "--name", "Anna Beispiel", "--by", "A. Clerk")
    [merged] = told(filled, "merge", other["entity_id"], one, "--note", "the same", "--by", "A. Clerk")
    assert merged["entities"] == [other["entity_id"], one]
    assert told(filled, "show", other["entity_id"])[0]["id"] == one
    [split] = told(filled, "split", one, "--name", "Zubrow Quillfeather", "--lang", "en", "--with", "minister",
                   "--into", "Somebody Else", "--by", "A. Clerk")  # fmt: skip
    assert told(filled, "show", one)[0]["languages"] == {"vi": 1}
    decided = [x["id"] for x in told(filled, "decisions")]
    assert decided == [x["id"] for x in (split, merged, other, named, added)]
    assert "Anna Beispiel" in call("entities", "decisions", "--home", filled)
    for number in decided:
        told(filled, "undo", str(number), "--by", "B. Officer")
    assert all(x["undone_by"] == "B. Officer" for x in told(filled, "decisions"))
    assert told(filled, "show", one, status=1)[0]["error"] == "no such entity"
    actions = [x["action"] for x in lines(call("audit", "--json", "--home", filled))]
    assert actions.count("entity undo") == 5
    assert "entity merge" in actions


@pytest.mark.parametrize(("args", "status", "reason"), [
    (("show", "name:person:nobody"), 1, "no such entity"), (("merge", "iso:VN", "iso:CN"), 2, "--force"),
    (("merge", "iso:VN", "body:asean"), 2, "is no body"), (("merge", "iso:VN", "iso:VN"), 2, "two entities"),
    (("undo", "999"), 1, "no such decision"), (("add", "--kind", "wizard", "--name", "Anna"), 2, "no kind"),
    (("add", "--kind", "person", "--name", "x" * 10_000), 2, "10000 characters"),
    (("add", "--kind", "person", "--name", "Anna", "--names", "Иван"), 2, "LANG:NAME"),
    (("add", "--kind", "person", "--name", "Anna", "--names", "{1"), 2, "no JSON"),
    (("add", "--kind", "person", "--name", "Anna", "--label", "cosmic"), 2, "unknown label"),
    (("split", "iso:VN", "--name", "Vietnam", "--into", "iso:VN"), 2, "another entity"),
    (("list", "--kind", "wizard"), 2, "no kind"), (("list", "--country", "Atlantis"), 2, "no country"),
    (("name", "iso:VN", " "), 2, "empty"), (("merge", "iso:VN", "iso:CN", "--by", "y" * 200), 2, "80 characters"),
])  # fmt: skip
def test_what_means_nothing_is_refused_with_a_reason(
    filled: str, args: tuple[str, ...], status: int, reason: str
) -> None:
    assert reason in told(filled, *args, status=status)[0]["error"]


def test_a_name_that_misleads_the_eye_is_doubted(filled: str) -> None:
    [made] = told(filled, "name", "iso:VN", "V\u0456etnam", "--by", "A. Clerk")
    assert "mixes" in made["warnings"][0]
    told(filled, "undo", str(made["id"]), "--by", "A. Clerk")


def test_nothing_is_proposed_where_nothing_is_alike(filled: str) -> None:
    assert told(filled, "suggest", "--link") == []
    assert "No two entities" in call("entities", "suggest", "--home", filled)


def test_an_entity_is_shown_by_a_name_too(filled: str) -> None:
    [by_id] = told(filled, "show", "geo:1581130")
    for name in ("Hanoi", "HANOI", "Hà Nội", "河内"):
        assert told(filled, "show", name) == [by_id]
    told(filled, "show", "Nobody of this name", status=1)
    for country in ("Vietnam", "Japan"):
        told(filled, "add", "--kind", "person", "--name", "Zwei Beispiel", "--country", country, "--by", "A. Clerk")
    [error] = told(filled, "show", "zwei beispiel", status=2)
    assert error["error"].count("own:person:zwei-beispiel") == 2
