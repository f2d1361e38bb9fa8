"""A home with followed sources in every state, made by what really reads and stores."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from domain.document import Document
from domain.label import Label
from domain.source import Check, Failure, Source, Stage
from domain.time import now
from index.store import schema as s
from index.store import sources
from service.pipeline import ingest_documents
from service.wiring import Home

HOSTILE_NAME = "<b>Feed</b> \u202egnp.exe\u200b"
NOWHERE = "http://127.0.0.1:9/"


def paper(source: str, name: str, text: str, at: datetime, *, label: Label = Label.OPEN, html: str = "") -> Document:
    return Document(
        source=source, title=f"Notice {name}", text=text, item=f"{source}#{name}", external_id=name, known=at,
        known_basis="published", published=at, label=label, html=html,
    )  # fmt: skip


def add(home: Home) -> None:
    """Follow a healthy, a silent, a failing, a never read, a retired and a secret source, and a hostile one."""
    at = now()
    told = [
        Source(name="Loud Wire", kind="feed", url=NOWHERE + "loud", lang="en", country="PH", reliability="B",
               category="news agency"),
        Source(name="Silent Post", kind="feed", url=NOWHERE + "silent", lang="vi", country="VN", reliability="A"),
        Source(name="Broken Feed", kind="feed", url=NOWHERE + "broken", lang="de", country="DE"),
        Source(name="New Feed", kind="feed", url=NOWHERE + "new", lang="ja", country="JP"),
        Source(name="Gone Feed", kind="feed", url=NOWHERE + "gone", lang="fr", country="FR"),
        Source(name="Quiet Station", kind="imap", url="imap://desk@127.0.0.1/x", country="VN", label=Label.SECRET),
        Source(name=HOSTILE_NAME, kind="feed", url="javascript:alert(1)", lang="ru", country="RU"),
    ]  # fmt: skip
    # Another number in each: what says the same in other words would be linked as copies.
    papers = [
        paper("Loud Wire", f"loud-{i}", f"Report {i * 7}: patrol {i} met vessel {i * 13} near reef {i * 31}.",
              at - timedelta(hours=6 * i + 1)) for i in range(40)
    ] + [
        paper("Silent Post", f"silent-{i}", f"Tin {i * 7}: tàu {i} gặp thuyền {i * 13} gần bãi cạn số {i * 31}.",
              at - timedelta(days=12, hours=8 * i)) for i in range(20)
    ] + [
        paper("Quiet Station", "cable-1", "China and Vietnam spoke in secret.", at - timedelta(days=1),
              label=Label.SECRET),
    ]  # fmt: skip
    with home.write() as c:
        ids = {one.name: sources.follow(c, one, at=at - timedelta(days=30)) for one in told}
    assert ingest_documents(home, papers).new == len(papers)
    later = {"next_check": at + timedelta(hours=2)}
    with home.write() as c:
        for name, hours in (("Loud Wire", 1), ("Silent Post", 2), (HOSTILE_NAME, 3), ("Quiet Station", 1)):
            read = Check(at=at - timedelta(hours=hours), outcome="read", status=200, items=41, new=17, seconds=0.4)
            sources.note_check(c, ids[name], read, later)
        for i in range(3):
            failed = Check(at=at - timedelta(hours=3 - i), outcome="failed", status=503,
                           reason="the server answered 503 Service Unavailable")  # fmt: skip
            sources.note_check(c, ids["Broken Feed"], failed, later)
        gone = Check(at=at - timedelta(days=2), outcome="failed", status=410, reason="gone")
        sources.note_check(c, ids["Gone Feed"], gone, {"retired": gone.at, "retired_reason": "gone for thirty days"})
        failure = Failure(
            item="papers/\u202efdp.exe", stage=Stage.PARSE, error="<i>ends</i> early", source="Broken Feed"
        )
        sources.keep_failure(c, failure, origin="papers", options={}, at=at)
        c.execute(update(s.sources).where(s.sources.c.name == "New Feed").values(**later))
