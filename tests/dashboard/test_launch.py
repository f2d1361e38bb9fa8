from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from interfaces.dashboard.launch import SCRIPT, SETTINGS, command

ROOT = Path(__file__).resolve().parents[2]


def test_the_command_keeps_the_dashboard_at_home(tmp_path: Path) -> None:
    argv = command(tmp_path, port=8765)
    flags = dict(a[2:].split("=", 1) for a in argv if a.startswith("--") and "=" in a)
    assert flags["server.address"] == "127.0.0.1"
    assert flags["server.port"] == "8765"
    assert flags["browser.gatherUsageStats"] == "false"
    assert flags["server.headless"] == "true"
    assert flags["server.fileWatcherType"] == "none"
    assert flags["client.showErrorDetails"] == "none"
    assert argv[argv.index("--") :] == ["--", "--home", str(tmp_path)]
    assert SCRIPT == ROOT / "app.py"
    assert SCRIPT.is_file()


def test_a_relative_home_is_made_absolute(tmp_path: Path) -> None:
    assert Path(command(Path("some-home"))[-1]).is_absolute()


def test_streamlit_knows_every_setting() -> None:
    from streamlit import config

    unknown = [name for name in SETTINGS if name not in config.get_config_options()]
    assert not unknown


def test_the_file_for_streamlit_run_says_the_same() -> None:
    given = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    flat: dict[str, object] = {}

    def walk(prefix: str, part: dict[str, object]) -> None:
        for key, value in part.items():
            if isinstance(value, dict):
                walk(f"{prefix}{key}.", value)
            else:
                flat[prefix + key] = value

    walk("", given)
    assert flat.pop("server.address") == "127.0.0.1"
    assert {k: str(v).lower() for k, v in flat.items()} == {k: str(v).lower() for k, v in SETTINGS.items()}


def test_the_command_line_does_not_load_streamlit() -> None:
    code = "import sys, interfaces.dashboard.launch; sys.exit('streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
