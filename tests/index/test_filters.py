"""What may be seen is decided exactly: every filter against a plain reading of its words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from domain.document import Filters
from domain.label import Label
from index.filters import allowed_passages
from index.store import schema as s
from tests.fakes import held

LANGS, COUNTRIES, SOURCES = ("en", "vi", "fr"), ("CN", "VN", "FR"), ("wire", "post")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = held.empty(tmp_path_factory.mktemp("held"))
    with engine.begin() as c:
        for i in range(60):
            held.keep(
                c, f"doc {i % 45}", f"text {i}", f"more of {i}", lang=LANGS[i % 3], source=SOURCES[i % 45 % 2],
                label=Label(i % 5), known=held.DAY + timedelta(days=i), countries=COUNTRIES[: i % 4],
            )  # fmt: skip
    return engine


def plainly(c: Connection, filters: Filters) -> set[int]:
    """The same by going through every version in Python."""
    v = s.versions.c
    rows = c.execute(select(s.versions, s.sources.c.name).select_from(
        s.versions.join(s.documents).join(s.sources))).all()  # fmt: skip
    countries: dict[int, set[str]] = {}
    for version, country in c.execute(select(s.version_countries.c.version_id, s.version_countries.c.country)):
        countries.setdefault(version, set()).add(country)
    good = set()
    for row in rows:
        if filters.as_of is None:
            in_force = row.superseded is None
        else:
            in_force = row.known < filters.as_of and (row.superseded is None or row.superseded >= filters.as_of)
        if (
            in_force
            and row.label <= filters.clearance
            and (not filters.langs or row.lang in filters.langs)
            and (not filters.sources or row.name in filters.sources)
            and (not filters.countries or filters.countries & countries.get(row.id, set()))
            and (filters.since is None or row.at >= filters.since)
            and (filters.until is None or row.at < filters.until)
        ):
            good.add(row.id)
    assert v.id is not None
    return {p for p, version in c.execute(select(s.passages.c.id, s.passages.c.version_id)) if version in good}


days = st.none() | st.integers(-2, 62).map(lambda n: held.DAY + timedelta(days=n))
a_filter = st.builds(
    Filters,
    langs=st.frozensets(st.sampled_from([*LANGS, "xx"]), max_size=2),
    countries=st.frozensets(st.sampled_from([*COUNTRIES, "ZZ"]), max_size=2),
    sources=st.frozensets(st.sampled_from([*SOURCES, "nobody"]), max_size=2),
    since=days,
    until=days,
    as_of=days,
    clearance=st.sampled_from(list(Label)),
)


@settings(max_examples=150, deadline=None)
@given(filters=a_filter)
def test_every_filter_allows_exactly_what_it_says(engine: Engine, filters: Filters) -> None:
    with engine.connect() as c:
        found = allowed_passages(c, filters).tolist()
        assert found == sorted(set(found))
        assert set(found) == plainly(c, filters)


def test_the_day_of_a_change_shows_the_new_version_only_after_it(tmp_path: Path) -> None:
    engine = held.empty(tmp_path)
    changed = held.DAY + timedelta(days=3)
    with engine.begin() as c:
        held.keep(c, "d", "first")
        held.keep(c, "d", "second", known=changed)
        texts = dict(c.execute(select(s.passages.c.id, s.passages.c.text)).all())
        seen = {
            as_of: [texts[i] for i in allowed_passages(c, Filters(as_of=as_of)).tolist()]
            for as_of in (held.DAY, held.DAY + timedelta(seconds=1), changed, changed + timedelta(microseconds=1), None)
        }
    assert list(seen.values()) == [[], ["first"], ["first"], ["second"], ["second"]]


def test_a_document_whose_newest_version_is_above_the_clearance_is_not_seen_in_an_older_one(tmp_path: Path) -> None:
    engine = held.empty(tmp_path)
    with engine.begin() as c:
        held.keep(c, "d", "open once")
        held.keep(c, "d", "secret now", label=Label.SECRET, known=held.DAY + timedelta(days=1))
        assert not len(allowed_passages(c, Filters(clearance=Label.OPEN)))
        assert len(allowed_passages(c, Filters())) == 1
