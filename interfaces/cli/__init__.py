"""The command line, one family of commands a file; a command's code is imported when it is called.

Exit status: 0 done, 1 done with failed items (each listed), 2 unusable arguments or input.
"""

from __future__ import annotations

import importlib
from typing import Any

import click

# name: (module, attribute, one line for the list)
_COMMANDS = {
    "demo": ("demo", "demo", "Replay the bundled crisis: ingest, search, alert, brief, then the dashboard."),
    "ingest": ("ingest", "ingest", "Take in files, folders, feeds, addresses and OPML lists."),
    "sources": ("sources", "sources", "Sources: add, import, export, list, health, read, failures, remove."),
    "watch": ("watch", "watch", "Read the followed sources as they fall due, as a service."),
    "search": ("search", "search", "Search by meaning and by words, in any language."),
    "show": ("search", "show", "Show a document with its versions, entities and events."),
    "delete": ("search", "delete", "Delete a document from every answer."),
    "stories": ("stories", "stories", "Documents about the same happening, and how each side tells it."),
    "entities": ("entities", "entities", "Who is who: list, merge, split, name, add, undo, suggest."),
    "events": ("events", "events", "Coded events: import, code from text, list."),
    "alerts": ("alerts", "alerts", "Early warning: scan, list, ack, snooze, assign, mark, mute, watchlists."),
    "series": ("series", "series", "A country, pair, type or watchlist by day: counts, what was read, adjusted."),
    "scenarios": ("scenarios", "scenarios", "Scenarios of weighted indicators: add, list, show, remove."),
    "desks": ("desks", "desks", "Desks: who follows what, their channels, digests and the outbox."),
    "forecast": (
        "forecast",
        "forecast",
        "What is expected of countries and pairs, beside naive forecasts; precedents.",
    ),
    "backtest": ("backtest", "backtest", "Replay a table of events: how right the alerts are, beside simple methods."),
    "brief": ("brief", "brief", "Write a briefing whose every sentence is cited."),
    "dashboard": ("dashboard", "dashboard", "Open the dashboard in the browser."),
    "export": ("moving", "export", "Write everything into a folder: JSONL, Parquet, or CSV for a spreadsheet."),
    "import": ("moving", "import_", "Take in an export or a backup."),
    "backup": ("moving", "backup", "Write the database into a file while it is in use."),
    "purge": ("moving", "purge", "Remove what is older than a day, without a trace."),
    "audit": ("moving", "audit", "What was deleted, purged, exported, imported, backed up."),
    "models": ("models", "models", "Models: list, show, add; change the encoder, and see how far that is."),
    "doctor": ("doctor", "doctor", "Check models, index against store, and sources."),
    "eval": ("evaluate", "evaluate", "Measure search, and coding of events, on your own judged data."),
}


class _Lazy(click.Group):
    """A group whose commands are imported one by one, so that a search starts without the dashboard's imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, line = _COMMANDS[cmd_name]
        command: Any = getattr(importlib.import_module(f"interfaces.cli.{module}"), attribute)
        command.short_help = line
        made: click.Command = command
        return made

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="vedette", prog_name="vedette")
def main() -> None:
    """Vedette: foreign-affairs intelligence and early warning.

    \b
    A first look, with no internet:      vedette demo
    Your own documents:                  vedette ingest ~/cables --source "Embassy Paris"
    A live feed:                         vedette ingest https://example.org/world.rss
    Then:                                vedette search "tàu cá bị đâm chìm"
                                         vedette alerts scan && vedette alerts list
                                         vedette brief --about "China and Vietnam" -o week.html

    Everything is kept in one data folder: --home, or VEDETTE_HOME.
    """


__all__ = ["main"]
