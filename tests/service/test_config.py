from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import ConfigError
from domain.label import Label
from service.config import home_folder, load


def test_defaults_hold_and_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "vedette.toml").write_text('[search]\nk = 5\n[reader]\nclearance = "restricted"\n', "utf-8")
    plain = load(tmp_path, environ={})
    assert (plain.search.k, plain.reader.clearance) == (5, Label.RESTRICTED)
    assert plain.dashboard.address == "127.0.0.1"
    assert load(tmp_path, environ={"VEDETTE_SEARCH__K": "20"}).search.k == 20
    assert load(tmp_path, environ={"VEDETTE_INGEST__ALLOW_HOSTS": "a, b"}).ingest.allow_hosts == ("a", "b")


@pytest.mark.parametrize(
    ("text", "named"),
    [("[serch]\nk=1", "serch"), ("[search]\nkk=1", "kk"), ("[search]\nk='x'", "k"), ("[search]\nk=0", "search.k"),
     ("[search]\nmode='x'", "mode"), ("[alerts]\nalpha=2.0", "alpha"), ("[reader]\nclearance='x'", "label"),
     ("x = [", "TOML"), ("[watch]\ngap_seconds=nan", "gap_seconds"), ("[watch]\nmost_hours=inf", "most_hours"),
     ("[watch]\nleast_minutes=90.0", "first_minutes"), ("[watch]\nworkers=0", "workers"),
     ("[watch]\nsave_minutes=-1.0", "save_minutes"), ("[ingest]\narticles='some'", "articles")],
)  # fmt: skip
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "vedette.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=named):
        load(tmp_path, environ={})


def test_the_home_folder(tmp_path: Path) -> None:
    assert home_folder(str(tmp_path), environ={"VEDETTE_HOME": "/x"}) == tmp_path
    assert home_folder(environ={"VEDETTE_HOME": str(tmp_path)}) == tmp_path
    assert home_folder(environ={}).name == "vedette"
