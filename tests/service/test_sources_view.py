from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import NotFoundError
from domain.label import Label
from domain.source import HEALTH_STATES
from domain.time import now
from service.sources_view import overview, readings, watching
from service.wiring import Home, open_home
from tests.dashboard.followed import add


@pytest.fixture
def home(demo_home: Home, tmp_path: Path) -> Iterator[Home]:
    with demo_home.write():
        shutil.copytree(demo_home.path, tmp_path / "home")
    home = open_home(tmp_path / "home")
    add(home)
    yield home
    home.close()


def test_sources_come_with_what_they_are_and_the_worst_first(home: Home) -> None:
    found = overview(home, at=now())
    order = [HEALTH_STATES.index(one.health.state) for one in found]
    assert order == sorted(order)
    loud = next(one for one in found if one.name == "Loud Wire")
    assert (loud.kind, loud.country, loud.lang, loud.reliability, loud.category) == (
        "feed",
        "PH",
        "en",
        "B",
        "news agency",
    )
    assert (loud.health.source, loud.health.documents) == ("Loud Wire", 40)


def test_a_clearance_hides_sources_and_counts_but_never_raises(home: Home) -> None:
    assert "Quiet Station" in {one.name for one in overview(home, at=now())}
    assert "Quiet Station" not in {one.name for one in overview(home, at=now(), clearance=Label.CONFIDENTIAL)}
    with pytest.raises(NotFoundError):
        readings(home, "Quiet Station", until=now(), clearance=Label.CONFIDENTIAL)
    [whole] = readings(home, "Loud Wire", until=now())
    assert (whole.outcome, whole.status, whole.items, whole.new) == ("read", 200, 41, 17)
    [told] = readings(home, "Loud Wire", until=now(), clearance=Label.SECRET)
    assert (told.at, told.outcome) == (whole.at, "answered")
    assert {told.status, told.items, told.new, told.updated, told.seconds, told.newest, told.reason} == {None}
    failed = readings(home, "Broken Feed", until=now(), clearance=Label.OPEN)
    assert [(one.outcome, one.items) for one in failed] == [("failed", None)] * 3
    assert watching(home, clearance=Label.OPEN).followed == watching(home).followed - 1
    home.settings = type(home.settings)(**{
        **{name: getattr(home.settings, name) for name in home.settings.__slots__},
        "reader": type(home.settings.reader)(clearance=Label.OPEN),
    })  # fmt: skip
    assert "Quiet Station" not in {one.name for one in overview(home, at=now(), clearance=Label.TOP_SECRET)}


def test_readings_are_those_before_the_moment(home: Home) -> None:
    assert len(readings(home, "Broken Feed", until=now() - timedelta(hours=1, minutes=30))) == 2
    assert readings(home, "Broken Feed", until=now() - timedelta(days=9)) == []
    assert readings(home, "New Feed", until=now()) == []
