"""Homes, settings, days and names that cannot be used end in words and status 2, never in a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interfaces.cli import main


def call(*args: str, env: dict[str, str] | None = None) -> Result:
    # Exceptions that nothing turned into words are raised here.
    return CliRunner().invoke(main, list(args), catch_exceptions=False, env=env)


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == 2, result.output
    assert all(word in result.stderr for word in words), result.stderr


def test_a_home_that_is_a_file_or_below_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        refused(call("sources", "list", "--home", str(home)), "file")


def test_an_error_is_json_too_when_json_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    result = call("sources", "list", "--json", "--home", str(tmp_path / "file"))
    assert set(json.loads(result.stdout)) == {"error", "item", "stage"}


@pytest.mark.parametrize("harm", ["garbage", "cut"])
def test_a_damaged_database(tmp_path: Path, harm: str) -> None:
    home = str(tmp_path)
    assert call("sources", "list", "--home", home).exit_code == 0
    data = (tmp_path / "vedette.db").read_bytes()
    (tmp_path / "vedette.db-wal").unlink(missing_ok=True)
    # Keep the first page, so that the damage shows only when a table is read.
    (tmp_path / "vedette.db").write_bytes(b"no database" * 500 if harm == "garbage" else data[:8192] + b"\xff" * 60000)
    refused(call("sources", "list", "--home", home), "vedette")


def test_a_folder_in_the_place_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "vedette.toml").mkdir()
    refused(call("sources", "list", "--home", str(tmp_path)), "vedette.toml")


@pytest.mark.parametrize(
    ("name", "value"), [("ALERTS__QUIET_DAYS", "100"), ("ALERTS__BUDGET", "-1"), ("BRIEFING__DAYS", "0")]
)
def test_a_setting_out_of_its_range(tmp_path: Path, name: str, value: str) -> None:
    result = call("alerts", "scan", "--home", str(tmp_path), env={f"VEDETTE_{name}": value})
    refused(result, name.partition("__")[2].lower())


def test_days_at_the_ends_of_the_calendar(tmp_path: Path) -> None:
    for day in ("9999-12-31", "0001-01-01"):
        for args in (["search", "x", "--as-of", day], ["brief", "--since", day], ["brief", "--until", day],
                     ["alerts", "scan", "--as-of", day], ["sources", "health", "--as-of", day]):  # fmt: skip
            refused(call(*args, "--home", str(tmp_path)), day)


def test_names_too_long_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "home")]
    refused(call("ingest", "a" * 5000, *home), "too long")
    assert call("show", "\udcff", *home).exit_code == 1
    (tmp_path / "in").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/\xff.txt")).touch()
    Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/link\xff")).symlink_to("/nowhere")
    result = call("ingest", str(tmp_path / "in"), "--json", *home)
    assert json.loads(result.stdout)["failed"] == 2
    assert call("sources", "failures", *home).exit_code == 0


def test_a_full_disk_and_a_reader_that_has_gone(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from interfaces.cli import main; main()", "--help"]
    command[-1:] = ["doctor", "--home", str(tmp_path)]
    if Path("/dev/full").exists():
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 2
        assert "No space left" in done.stderr
        assert "Traceback" not in done.stderr
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert done.stderr == ""


def test_a_home_that_may_only_be_read(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write every folder")
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    refused(call("sources", "list", "--home", str(home)), "home")


def test_a_briefing_is_not_written_under_an_ending_that_says_another_format(tmp_path: Path) -> None:
    refused(call("brief", "--home", str(tmp_path / "home"), "-o", str(tmp_path / "week.pdf")), "week.pdf", ".html")
    assert not (tmp_path / "week.pdf").exists()


def test_what_is_muted_has_to_be_something_that_can_be_raised(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path)]
    refused(call("alerts", "mute", "dyad:China-Nowhere", *home), "Nowhere")
    assert call("alerts", "mute", "watchlist:none", *home).exit_code == 1
    muted = [json.loads(call("alerts", "mute", name, "--json", *home).stdout)["series"]
             for name in ("dyad:vn-cn", "Vietnam,China", "country:VN")]  # fmt: skip
    assert muted == ["dyad:CN-VN", "dyad:CN-VN", "country:VN"]


def test_a_source_that_nobody_follows_cannot_be_read(tmp_path: Path) -> None:
    assert call("sources", "read", "nobody", "--home", str(tmp_path)).exit_code == 1
