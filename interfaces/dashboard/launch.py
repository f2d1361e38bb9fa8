"""Starting the dashboard, with settings that keep it at home.

Importing this file is light: the command line does not load Streamlit.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

SCRIPT = Path(__file__).resolve().parents[2] / "app.py"
"""``app.py`` lies beside the packages, in a checkout and in an installed wheel alike."""

SETTINGS: Mapping[str, str | bool] = {
    "browser.gatherUsageStats": False,
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.showEmailPrompt": False,
    "server.enableStaticServing": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.toolbarMode": "minimal",
    "client.disableDataExport": True,
    "theme.base": "light",
    "theme.primaryColor": "#1E5180",
    "theme.backgroundColor": "#F7F5F0",
    "theme.secondaryBackgroundColor": "#FFFFFF",
    "theme.textColor": "#1B2733",
    "theme.linkColor": "#1E5180",
    "theme.borderColor": "#DAD7CE",
    "theme.showWidgetBorder": True,
    "theme.baseRadius": "5px",
    "theme.font": (
        "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', 'PingFang SC', 'Microsoft YaHei', "
        "'Noto Sans CJK SC', 'Noto Naskh Arabic', sans-serif"
    ),
    "theme.codeFont": "ui-monospace, 'Cascadia Mono', 'DejaVu Sans Mono', monospace",
    "theme.sidebar.backgroundColor": "#15293D",
    "theme.sidebar.secondaryBackgroundColor": "#20384F",
    "theme.sidebar.textColor": "#E3EAF0",
    "theme.sidebar.linkColor": "#A9CBE8",
    "theme.sidebar.primaryColor": "#D9B45B",
    "theme.sidebar.borderColor": "#38516A",
}
"""Streamlit's settings, passed as flags: an installed wheel needs no file in the working directory for them.

No statistics leave the machine, nothing is watched or shown of the program's insides, and the fonts are the system's.
"""


def command(home: Path, *, address: str = "127.0.0.1", port: int = 8501) -> list[str]:
    """The command that serves a home folder's dashboard on an address and a port."""
    flags = [f"--{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in SETTINGS.items()]
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(SCRIPT),
        f"--server.address={address}",
        f"--server.port={port}",
        f"--browser.serverAddress={address}",
        *flags,
        "--",
        "--home",
        str(home.absolute()),
    ]


def launch(home: Path, *, address: str = "127.0.0.1", port: int = 8501) -> NoReturn:
    """Become the dashboard of a home folder: it replaces this process, and gets its signals and gives its status."""
    sys.stdout.flush()
    sys.stderr.flush()
    argv = command(home, address=address, port=port)
    os.execve(argv[0], argv, {**os.environ, "VEDETTE_HOME": str(home.absolute())})  # noqa: S606
