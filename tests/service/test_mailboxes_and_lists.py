"""A mailbox on a real server, and GDELT's 15-minute lists, as followed sources."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.label import Label
from domain.source import Source
from domain.time import now
from index.store import documents as docs
from index.store import sources
from index.store.schema import AnyRow
from service import lists, mailboxes
from service.config import load
from service.lists import STEP, wanted
from service.pipeline import retry
from service.rounds import read_now
from service.wiring import Home, open_home
from tests.fakes import dovecot
from tests.fakes import gdelt_rows as made
from tests.fakes.site import Answer, Site, long_text, site

QUARTER = datetime(2015, 2, 18, 23, 15, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    plain = load(tmp_path / "home", environ={})
    made = open_home(tmp_path / "home", settings=replace(
        plain, ingest=replace(plain.ingest, allow_hosts=("127.0.0.1", "localhost")),
        models=replace(plain.models, recognisers=False),
    ))  # fmt: skip
    yield made
    made.close()


def follow(home: Home, source: Source) -> None:
    with home.write() as c:
        sources.follow(c, source, at=now())


def row(home: Home) -> AnyRow:
    with home.read() as c:
        return sources.listed(c, followed=True)[0]


def checks(home: Home) -> list[AnyRow]:
    with home.read() as c:
        return sources.history(c, row(home).id)


def counts(home: Home) -> dict[str, int]:
    with home.read() as c:
        return docs.counts(c)


# --- mailboxes


def letter(number: int) -> bytes:
    return (
        f"From: Desk <desk@ministry.example>\r\nSubject: Paper {number}\r\nDate: Mon, 05 May 2014 10:00:00 +0700\r\n"
        f"Message-ID: <n{number}@ministry.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        f"{long_text(f'Paper {number}')}\r\n"
    ).encode()


@pytest.fixture
def mail() -> Iterator[dovecot.Server]:
    if dovecot.PROGRAM is None:
        pytest.skip("Dovecot is not installed (Debian: dovecot-imapd)")
    with dovecot.serving() as running:
        yield running


def mailbox(mail: dovecot.Server, tmp_path: Path, **settings: Any) -> Source:
    secret = tmp_path / "secret"
    secret.write_text(dovecot.PASSWORD + "\n", "utf-8")
    user = dovecot.USER.replace("@", "%40")
    told = {"ca_file": mail.certificate, "password_file": str(secret), **settings}
    return Source(name="Desk", kind="imap", url=f"imaps://{user}@localhost:{mail.tls_port}/INBOX",
                  settings={"imap": told}, label=Label.RESTRICTED)  # fmt: skip


def test_a_mailbox_gives_what_is_new_and_goes_on_where_it_was(home: Home, mail: dovecot.Server, tmp_path: Path) -> None:
    for n in range(3):
        mail.deliver(letter(n))
    follow(home, mailbox(mail, tmp_path))
    assert read_now(home).new == 3
    assert row(home).state["uid"] == 3
    assert read_now(home).plain()["duplicate"] == 0
    assert checks(home)[0].outcome == "unchanged"
    mail.deliver(letter(3))
    assert read_now(home).new == 1
    assert mail.untouched() == 4
    assert read_now(home, full=True).duplicate == 4
    with home.read() as c:
        assert {v.label for v in c.execute(docs.s.versions.select())} == {int(Label.RESTRICTED)}
        assert dovecot.PASSWORD not in str(c.execute(docs.s.sources.select()).all())


def test_a_long_mailbox_comes_in_portions_and_one_bad_message_is_named_for_good(
    home: Home, mail: dovecot.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "MESSAGES", 3)
    for n in range(4):
        mail.deliver(letter(n))
    mail.deliver(letter(4) + b"x" * 4000)
    for n in range(5, 8):
        mail.deliver(letter(n))
    follow(home, mailbox(mail, tmp_path, max_message=3000, batch=2))
    done = read_now(home)
    assert (done.new, done.failed) == (7, 1)
    assert len(checks(home)) >= 3
    with home.read() as c:
        failures = sources.failures(c)
    # The portions that came after it do not make it forgotten.
    assert ["UID=5" in one.item for one in failures] == [True]
    assert failures[0].origin == failures[0].item
    assert "vedette sources read" in retry(home).failures[0]["error"]


def test_a_mailbox_that_cannot_be_opened_fails_without_a_word_of_the_password(
    home: Home, mail: dovecot.Server, tmp_path: Path
) -> None:
    source = mailbox(mail, tmp_path)
    (tmp_path / "secret").write_text("wrong-Zubrowka", "utf-8")
    follow(home, source)
    done = read_now(home)
    assert done.failed == 1
    assert checks(home)[0].outcome == "failed"
    assert "Zubrowka" not in str(done.failures) + str(checks(home))
    (tmp_path / "secret").unlink()
    assert "password" in read_now(home).failures[0]["error"]
    assert row(home).failures == 2
    assert row(home).next_check > now()


# --- GDELT's lists


class Lists:
    """A site with tables of quarters of an hour, and a list that names those of the newest."""

    def __init__(self, web: Site) -> None:
        self.web = web

    def add(self, at: datetime, *, listed: bool = True) -> None:
        lines = []
        for n, (name, text) in enumerate((("export.CSV", self._event(at)), ("mentions.CSV", self._mention(at)))):
            file = f"{at:%Y%m%d%H%M%S}.{name}.zip"
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as archive:
                archive.writestr(file.removesuffix(".zip"), text + "\n")
            body = out.getvalue()
            self.web.pages[f"/{file}"] = Answer(body, tagged=False)
            md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
            lines.append(f"{len(body)} {md5} {self.web.url}/{file}")
            assert n < 2
        if listed:
            self.web.pages["/lastupdate.txt"] = Answer("\n".join(lines) + "\n", tagged=False)

    @staticmethod
    def _event(at: datetime) -> str:
        return made.event(
            GlobalEventID=f"{at:%d%H%M}", DATEADDED=f"{at:%Y%m%d%H%M%S}", SOURCEURL=f"https://p.example/{at:%H%M}"
        )

    @staticmethod
    def _mention(at: datetime) -> str:
        stamp = f"{at:%Y%m%d%H%M%S}"
        return made.mention(GlobalEventID=f"{at:%d%H%M}", EventTimeDate=stamp, MentionTimeDate=stamp)


@pytest.fixture
def gdelt() -> Iterator[Lists]:
    with site() as web:
        yield Lists(web)


def test_quarters_that_were_missed_are_made_up_for_by_name(
    home: Home, gdelt: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PORTION", 2)
    follow(home, Source(name="GDELT", kind="gdelt", url=f"{gdelt.web.url}/lastupdate.txt"))
    gdelt.add(QUARTER)
    assert read_now(home).events == 2
    assert read_now(home).events == 0
    for n in range(1, 6):
        gdelt.add(QUARTER + n * STEP, listed=n == 5)
    missing = f"/{QUARTER + 3 * STEP:%Y%m%d%H%M%S}.export.CSV.zip"
    kept = gdelt.web.pages.pop(missing)
    done = read_now(home)
    assert (done.events, done.failed) == (9, 1)
    assert counts(home)["events"] == 5
    assert missing in done.failures[0]["item"]
    assert row(home).state["at"] == (QUARTER + 5 * STEP).isoformat()
    assert [c.new for c in checks(home)][:3] == [2, 3, 4]
    assert timedelta(minutes=14) < row(home).next_check - now() < timedelta(minutes=16)
    gdelt.web.pages[missing] = kept
    assert retry(home).events == 1
    assert counts(home)["events"] == 6


def test_which_quarters_are_wanted() -> None:
    listed = [QUARTER]
    assert wanted(listed, done=None) == listed
    assert wanted(listed, done=QUARTER) == []
    assert wanted(listed, done=QUARTER - 3 * STEP) == [QUARTER - 2 * STEP, QUARTER - STEP, QUARTER]
    assert len(wanted(listed, done=QUARTER - timedelta(days=400))) == 14 * 96
    assert wanted([QUARTER - STEP, QUARTER], done=QUARTER - STEP) == [QUARTER]
    assert wanted(listed, done=QUARTER + STEP) == []


def test_a_list_that_is_none_fails(home: Home, gdelt: Lists) -> None:
    follow(home, Source(name="GDELT", kind="gdelt", url=f"{gdelt.web.url}/lastupdate.txt"))
    gdelt.web.pages["/lastupdate.txt"] = Answer("<html>Sorry</html>")
    assert read_now(home).failed == 1
    assert "no list" in (checks(home)[0].reason or "")
