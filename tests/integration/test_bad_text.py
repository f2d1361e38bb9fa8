"""Texts that are not as they should be, through the real commands: each is stored and found, or named with a reason."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from interfaces.cli import main
from service.search import show
from service.wiring import open_home
from tests.integration.harness import LIGHT

MEANT = "Bộ Ngoại giao Việt Nam phản đối giàn khoan của Trung Quốc ở Biển Đông. Người phát ngôn nói như vậy hôm thứ ba."
VIQR = ("Bo^. Ngoa.i giao Vie^.t Nam pha?n ddo^'i gia`n khoan cu?a Trung Quo^'c o+? Bie^?n DDo^ng. "
        "Ngu+o+`i pha't ngo^n no'i nhu+ va^.y ho^m thu+' ba.")  # fmt: skip
TELEX = ("Booj Ngoaij giao Vieejt Nam phanr ddoois gianf khoan cuar Trung Quoocs owr Bieern DDoong. "
         "Nguwowif phats ngoon nois nhuw vaayj hoom thuws ba.")  # fmt: skip
PLAIN = "Bo Ngoai giao Viet Nam phan doi gian khoan cua Trung Quoc o Bien Dong. Nguoi phat ngon noi nhu vay hom thu ba."
MIXED = (
    "The envoys met in the harbour office for a second day and spoke about fishing quotas near the lighthouse.\n\n"
    "Các đại biểu bàn về hạn ngạch đánh bắt cá gần ngọn hải đăng và không ra tuyên bố chung.\n\n"
    "Делегаты обсудили квоты на вылов рыбы возле маяка и разошлись без совместного заявления.\n\n"
    "代表们讨论了灯塔附近的捕鱼配额，没有发表联合声明。\n\n"
    "Les délégués ont parlé des quotas de pêche près du phare et se sont séparés sans déclaration commune."
)
HMONG = ("Tsoomfwv tau hais tias cov neeg uas nyob hauv lub teb chaws yuav tsum tau txais kev pab los ntawm tsoomfwv "
         "kom sai li sai tau.")  # fmt: skip
MADE_UP = (
    "Blorvex quandlifer zorp mikselta vruntag plexidor hanworz krellit shumdar obligrax tindelwop fraznik glibber."
)
LAO = "ກະຊວງການຕ່າງປະເທດລາວໄດ້ປະທ້ວງຕໍ່ແທ່ນເຈາະນ້ຳມັນ"
KHMER = "ក្រសួងការបរទេសកម្ពុជាបានតវ៉ាប្រឆាំងនឹងអណ្តូងប្រេង"
BURMESE = "နိုင်ငံခြားရေးဝန်ကြီးဌာနက ရေနံတူးစင်ကို ကန့်ကွက်ခဲ့သည်"
TEN = "Nine herons stood beside the frozen customs bridge at dawn."
LONG_END = "At the very end the cartographer mentions a lacquered zeppelin."
SIGNS = (
    "The \u202epeninsular\u202c sala\u200bmander \u2066treaty\u2069 was\ufeff "
    "signed in Tir\u00adana by amphibian envoys."
)


def seen(data: bytes, code: str) -> str:
    """Bytes as a program shows them that takes them for another code."""
    out = []
    for byte in data:
        try:
            out.append(bytes([byte]).decode(code))
        except UnicodeDecodeError:
            out.append(chr(byte))
    return "".join(out)


def in_1258(text: str) -> bytes:
    """Windows-1258: a letter with its shape, then its tone."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    out = []
    for letter in text:
        split = unicodedata.normalize("NFD", letter)
        shape = unicodedata.normalize("NFC", "".join(c for c in split if c not in tones))
        out.append(shape + "".join(c for c in split if c in tones))
    return "".join(out).encode("cp1258")


def in_tcvn3(text: str) -> bytes:
    """The codes of TCVN3; capitals with marks as small letters, as its fonts have them."""
    from models.langid_fonts import _tcvn3

    codes = {letter: code for code, letter in _tcvn3().items()}
    return b"".join(bytes([codes.get(c) or codes[c.lower()]]) if not c.isascii() else c.encode("ascii") for c in text)


FILES: dict[str, bytes] = {
    "mixed.txt": MIXED.encode(),
    "viqr.txt": VIQR.encode(),
    "telex.txt": TELEX.encode(),
    "plain.txt": PLAIN.encode(),
    "mojibake.txt": seen(MEANT.encode(), "cp1252").encode(),
    "mojibake.jsonl": json.dumps({"id": "mb", "title": seen("Tin Biển Đông".encode(), "cp1252"),
                                  "text": seen(MEANT.encode(), "cp1252") + " jsonl"}).encode(),
    "tcvn3.txt": in_tcvn3(MEANT),
    "tcvn3-seen.txt": seen(in_tcvn3(MEANT), "cp1252").encode(),
    "tcvn3.html": b"<html><head><title>Tin</title></head><body><p>" + in_tcvn3(MEANT) + b"</p></body></html>",
    "1258.txt": in_1258(MEANT),
    "1258-seen.txt": seen(in_1258(MEANT), "cp1252").encode(),
    "doubtful.txt": "The menu of the CafÃ© was written by hand in violet ink.".encode(),
    "hmong.txt": HMONG.encode(),
    "madeup.txt": MADE_UP.encode(),
    "lao.txt": LAO.encode(),
    "khmer.txt": KHMER.encode(),
    "burmese.txt": BURMESE.encode(),
    "ten.txt": TEN.encode(),
    "long.txt": ("The ledger lists another ordinary crate of tea for the archive. " * 9_200 + LONG_END).encode(),
    "surrogates.jsonl": b'{"id": "half", "title": "Half \\ud83d a sign", '
    b'"text": "A broken \\udc00 pelican letter \\ud800."}',
    "signs.txt": SIGNS.encode(),
    "emoji.txt": "😀".encode(),
    "unbroken.txt": b"a" * 1_000_000,
    "word10.txt": b"onlyword " * (10 * 2**20 // 9),
}  # fmt: skip


@dataclass
class Done:
    """What the ingest said, and where the home is."""

    home: Path
    folder: Path
    code: int
    summary: dict[str, Any]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    base = tmp_path_factory.mktemp("bad")
    folder = base / "texts"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        for key, value in LIGHT.items():
            patch.setenv(key, value)
        ran = CliRunner().invoke(main, ["ingest", str(folder), "--home", str(base / "home"), "--json"])
        yield Done(base / "home", folder, ran.exit_code, json.loads(ran.stdout))


def hits(done: Done, query: str, *options: str) -> list[dict[str, Any]]:
    """What a search for it prints."""
    ran = CliRunner().invoke(main, ["search", query, "--home", str(done.home), "--json", *options])
    assert ran.exit_code == 0, ran.output
    found: list[dict[str, Any]] = json.loads(ran.stdout.splitlines()[0])["hits"]
    return found


def names(done: Done, query: str, *options: str) -> list[str]:
    """The files, or external ids, that a search finds."""
    with closing(open_home(done.home)) as home:
        return [Path(show(home, hit["document_id"]).item).name.partition(":")[0] for hit in hits(done, query, *options)]


def kept(done: Done, name: str, query: str) -> Any:
    """The document of a file as it is stored."""
    with closing(open_home(done.home)) as home:
        for hit in hits(done, query, "-k", "30"):
            document = show(home, hit["document_id"])
            if Path(document.item).name.partition(":")[0] == name:
                return document.versions[0]
    raise AssertionError(f"{name} is not found by {query!r}")


def test_all_but_the_largest_arrive(done: Done) -> None:
    assert done.code == 1
    assert [Path(one["item"]).name for one in done.summary["failures"]] == ["word10.txt"]
    assert "longer than 5,000,000" in done.summary["failures"][0]["error"]
    assert done.summary["new"] == len(FILES) - 1


@pytest.mark.parametrize(
    "query", ["hạn ngạch đánh bắt cá", "квоты на вылов рыбы", "捕鱼配额", "quotas de pêche", "fishing quotas"]
)
def test_a_text_in_five_languages_is_found_in_each(done: Done, query: str) -> None:
    assert names(done, query, "--mode", "lexical")[0] == "mixed.txt"


WRITTEN = [
    "viqr.txt",
    "telex.txt",
    "mojibake.txt",
    "tcvn3.txt",
    "tcvn3-seen.txt",
    "tcvn3.html",
    "1258.txt",
    "1258-seen.txt",
]


@pytest.mark.parametrize("name", WRITTEN)
def test_vietnamese_in_any_code_is_stored_in_unicode_and_found(done: Done, name: str) -> None:
    stored = kept(done, name, "giàn khoan của Trung Quốc ở Biển Đông")
    assert stored.lang == "vi"
    assert unicodedata.normalize("NFC", MEANT).lower() in stored.text.lower()
    assert "encoding" in stored.meta or name in ("tcvn3.txt", "tcvn3.html", "1258.txt")


def test_title_and_text_of_a_line_are_put_right(done: Done) -> None:
    assert kept(done, "mojibake.jsonl", "Tin Biển Đông").title == "Tin Biển Đông"


def test_vietnamese_without_marks_is_vietnamese_and_found_with_them(done: Done) -> None:
    stored = kept(done, "plain.txt", "giàn khoan của Trung Quốc")
    assert (stored.lang, stored.text) == ("vi", PLAIN)


def test_what_may_be_wrong_is_kept_with_a_note(done: Done) -> None:
    stored = kept(done, "doubtful.txt", "menu written by hand in violet ink")
    assert "CafÃ©" in stored.text
    assert "kept as it is" in stored.meta["encoding"]


@pytest.mark.parametrize(("name", "query", "lang"), [
    ("hmong.txt", "cov neeg uas nyob hauv lub teb chaws", "und"), ("madeup.txt", "quandlifer vruntag", "und"),
    ("lao.txt", "ແທ່ນເຈາະນ້ຳມັນ", "lo"), ("khmer.txt", "អណ្តូងប្រេង", "km"), ("burmese.txt", "ရေနံတူးစင်", "my"),
    ("ten.txt", "herons customs bridge", "en"), ("long.txt", "lacquered zeppelin", "en"),
    ("surrogates.jsonl", "broken pelican letter", "en"), ("signs.txt", "salamander treaty Tirana", "en"),
])  # fmt: skip
def test_found_by_its_words(done: Done, name: str, query: str, lang: str) -> None:
    assert names(done, query, "--mode", "lexical")[0] == name
    assert name in names(done, query)[:3]
    assert kept(done, name, query).lang == lang


def test_a_text_of_one_sign_and_a_word_without_end_are_kept(done: Done) -> None:
    with closing(open_home(done.home)) as home, home.read() as c:
        from sqlalchemy import text

        found = {
            Path(row.item).name: row for row in c.execute(
                text("SELECT d.item, v.text, v.lang, count(p.id) AS n FROM documents d"
                     " JOIN versions v ON v.document_id = d.id JOIN passages p ON p.version_id = v.id GROUP BY v.id"))
        }  # fmt: skip
    assert (found["emoji.txt"].text, found["emoji.txt"].lang) == ("😀", "und")
    assert found["unbroken.txt"].n > 100, "cut into passages that can be read"
    assert (
        not {c for c in found["surrogates.jsonl:1"].text if "\ud800" <= c <= "\udfff"}
        if "surrogates.jsonl:1" in found
        else True
    )


def test_the_index_agrees_with_the_store(done: Done) -> None:
    ran = CliRunner().invoke(main, ["doctor", "--home", str(done.home), "--json"])
    assert ran.exit_code == 0, ran.output
