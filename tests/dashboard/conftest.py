"""What the dashboard's tests share: a home of one's own, and views run by Streamlit's AppTest."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from interfaces.dashboard import data
from service.wiring import Home, open_home

SCRIPT = "from interfaces.dashboard.app import main\n\nmain(start={start!r})\n"
Open = Callable[..., AppTest]


@pytest.fixture
def own_home(demo_home: Home, tmp_path: Path) -> Iterator[Home]:
    """A copy of the replayed home, to change."""
    with demo_home.write():  # nobody writes while it is copied
        shutil.copytree(demo_home.path, tmp_path / "home")
    home = open_home(tmp_path / "home")
    yield home
    home.close()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a view on a home folder: ``opened(home, "search", q="rig", day="2014-05-06")``."""

    def run(home: Home | Path, view: str, **parameters: str) -> AppTest:
        folder = home.path if isinstance(home, Home) else home
        monkeypatch.setenv("VEDETTE_HOME", str(folder))
        at = AppTest.from_string(SCRIPT.format(start=view), default_timeout=60)
        for name, value in parameters.items():
            at.query_params[name] = value
        at.run()
        assert not at.exception, at.exception
        return at

    yield run
    data.opened.clear()


def markup(at: AppTest) -> str:
    """All that a view showed as HTML, but for the style sheet."""
    return "\n".join(e.proto.body for e in at.get("html") if not e.proto.body.startswith("<style>"))


def shown(at: AppTest) -> str:
    """The text that a reader sees of it."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", markup(at))).split())


def parameter(at: AppTest, name: str) -> str:
    """A parameter of the address after the run."""
    value = at.query_params[name]
    return value if isinstance(value, str) else value[0]


def chart(at: AppTest) -> str:
    """The one chart of a view, as the browser gets it."""
    [found] = at.get("vega_lite_chart")
    return str(found.proto.spec)
