"""The demo: the crisis of 2014 taken in day by day, searched across languages, alerted on and briefed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import delete, insert, select

from briefing.render import render
from domain.alert import Alert, Watchlist
from domain.document import Filters, Hit
from domain.errors import InputError
from index.store import schema as s
from index.store.documents import counts
from service import scan, watch
from service.brief import brief
from service.demo import corpus
from service.pipeline import Summary, ingest_documents
from service.search import Query, search
from service.wiring import Home

DONE = "demo.replayed"
RIG = Watchlist(
    name="oil-rig",
    words=("giàn khoan", "oil rig", "drilling rig", "plate-forme de forage", "钻井平台", "буровая", "буровой",
           "Bohrinsel", "plataforma petrolera", "HD-981"),
    require=("iso:VN", "iso:CN"),
)  # fmt: skip
SEARCHES = (
    "Fischerboot gesunken nach Kollision mit chinesischem Schiff",
    "ASEAN ra tuyên bố về Biển Đông",
    "Китай эвакуирует своих граждан из Вьетнама",
    "manifestation devant l'ambassade de Chine à Hanoï",
    "东盟外长对南海局势的声明",
)
BRIEF_ABOUT = "China and Vietnam"
BRIEF_SINCE, BRIEF_UNTIL = date(2014, 5, 2), date(2014, 5, 12)
LANGUAGES = ("vi", "en", "fr", "zh", "ru", "de", "es")

Tell = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """A search and the best hit in each language of the corpus, that of the question first."""

    query: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What the demo shows. ``ingest`` is None when the home held the replay already."""

    ingest: Summary | None
    held: dict[str, int]
    alerts: tuple[Alert, ...]
    searches: tuple[Found, ...]
    briefing: Path
    seconds: float


def run(home: Home, *, tell: Tell | None = None) -> Result:
    """Replay the corpus into the home (or find it there already), then search, list the alerts and brief.

    Raises:
        InputError: the home holds documents that are not the demo's.
    """
    started = time.monotonic()
    summary = None if replayed(home) else _replay(home, tell)
    with home.read() as c:
        held = counts(c)
    path = _briefing(home)
    return Result(summary, held, tuple(scan.listed(home)), tuple(_search(home)), path, time.monotonic() - started)


def replayed(home: Home) -> bool:
    """Whether the home holds a whole replay of this corpus."""
    with home.read() as c:
        return c.scalar(select(s.meta.c.value).where(s.meta.c.key == DONE)) == corpus.version()


def _replay(home: Home, tell: Tell | None) -> Summary:
    ours = {d.id for d in corpus.documents()}
    with home.read() as c:
        others = [one for one in c.scalars(select(s.documents.c.id)) if one not in ours]
    if others:
        raise InputError("this home folder holds other documents; give the demo one of its own (--home)",
                         item=str(home.path), stage="demo")  # fmt: skip
    started = time.monotonic()
    watch.add(home, RIG)
    total = Summary()
    done = 0
    for day in corpus.days():
        one = ingest_documents(home, day.documents)
        scan.scan(home, as_of=day.day)
        for name in ("new", "updated", "duplicate", "failed"):
            setattr(total, name, getattr(total, name) + getattr(one, name))
        total.failures += one.failures
        done += len(day.documents)
        if tell is not None:
            tell(done, day.day.isoformat())
    with home.write() as c:
        c.execute(delete(s.meta).where(s.meta.c.key == DONE))
        c.execute(insert(s.meta).values(key=DONE, value=corpus.version()))
    total.seconds = time.monotonic() - started
    return total


def _search(home: Home) -> list[Found]:
    """Every question against the documents of each language: what it finds in its own, and in the others."""
    questions = [Query(f"q{i}", text) for i, text in enumerate(SEARCHES, 1)]
    best: dict[str, list[Hit]] = {q.text: [] for q in questions}
    for lang in LANGUAGES:
        for answer in search(home, questions, k=1, filters=Filters(langs=frozenset({lang}))):
            best[answer.query] += answer.hits
    return [Found(text, tuple(sorted(hits, key=lambda h: -h.score))) for text, hits in best.items()]


def _briefing(home: Home) -> Path:
    folder = home.path / "briefings"
    folder.mkdir(exist_ok=True)
    made = brief(home, about=BRIEF_ABOUT, since=BRIEF_SINCE, until=BRIEF_UNTIL, as_of=date(2014, 5, 11))
    path = folder / "standoff-2014-05.html"
    for suffix, form in ((".html", "html"), (".md", "md"), (".json", "json")):
        path.with_suffix(suffix).write_text(render(made, format=form), "utf-8")
    return path
