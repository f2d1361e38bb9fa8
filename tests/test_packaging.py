"""What an installed Vedette needs is in the wheel, and what is imported is declared."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("domain", "models", "ingest", "nlp", "index", "alerts", "briefing", "service", "evaluation", "interfaces")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return set(archive.namelist())


def test_the_wheel_carries_every_file_of_the_packages(wheel: set[str]) -> None:
    listed = subprocess.run(["git", "ls-files", *PACKAGES, "app.py"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of files to compare with")
    missing = {f for f in listed.stdout.splitlines() if (ROOT / f).exists()} - wheel
    assert missing == set()
    assert any(name.startswith("service/demo/corpus/cables/") for name in wheel)


def test_nothing_else_is_in_the_wheel(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel} <= {*PACKAGES, "app.py", "vedette-0.1.0.dist-info"}


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~ \[]", text)[0]).lower()


def test_what_is_imported_is_declared_and_locked() -> None:
    used: set[str] = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    used |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    used.add(node.module.split(".")[0])
    carried = importlib.metadata.packages_distributions()
    imported = {_name(one) for module in used if module in carried for one in carried[module]} - {"vedette"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {_name(one) for one in project["dependencies"]}
    assert imported - declared == set()
    locked = {_name(line) for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines() if "==" in line}
    assert declared - locked == set()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_pin_exact_versions_and_bring_no_cuda(name: str) -> None:
    lines = [x.split("#")[0].strip() for x in (ROOT / name).read_text("utf-8").splitlines()]
    pins = [line for line in lines if line]
    assert len(pins) > 80
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+(?:\.post\d+)?(?: ;.*)?", pin) for pin in pins)
    assert not [pin for pin in pins if re.match(r"(nvidia|cuda|triton)", pin)]
    assert "torch==2.13.0" in pins
