"""An IMAP mailbox as a followed source: its new messages, a bounded portion at a time."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from domain.errors import ItemError
from domain.protocols import Reading, ReadOptions
from domain.time import now
from ingest.imap import read_mailbox
from ingest.imap_settings import ImapSettings, MailboxState, mailbox_settings, password_of, state_of
from service.reading import Incoming, Options
from service.wiring import Home

if TYPE_CHECKING:
    from service.taking import Taken

_MESSAGE = re.compile(r"imaps?://[^;]+;UIDVALIDITY=\d+/;UID=\d+")
MESSAGES = 200
SECONDS = 300.0
"""What one check takes at most; more follows at once."""


def settings_of(home: Home, url: str, told: Mapping[str, Any]) -> ImapSettings:
    """A followed mailbox, with the hosts that the configuration and the source let through.

    Raises:
        ConfigError: address or settings are none that can be used.
    """
    made = mailbox_settings(url, told.get("imap"))
    allowed = (*made.allow_hosts, *home.settings.ingest.allow_hosts, *(told.get("allow_hosts") or ()))
    return replace(made, allow_hosts=allowed, messages=min(made.messages, MESSAGES),
                   seconds=min(made.seconds, SECONDS))  # fmt: skip


def take(home: Home, taken: Taken, options: Options, *, full: bool = False) -> None:
    """Read the messages that came since the last check.

    Raises:
        FetchError: the mailbox cannot be reached or opened. ConfigError: there is no password where one should be.
    """
    row = taken.row
    settings = settings_of(home, row.url, row.settings or {})
    read = ReadOptions(read_at=now(), archive=options.known != "now", source=row.name, label=options.label)
    state = None if full else state_of(row.state)
    password = password_of(settings, environ=os.environ)
    waiting: list[Incoming] = []
    seen = False
    try:
        for one in read_mailbox(settings, password=password, state=state, options=read):
            if isinstance(one, MailboxState):
                # What came before a state is whole; what came after the last one is read again.
                taken.items += waiting
                waiting, seen = [], True
                taken.changes, taken.more = {"state": one.plain()}, one.more
            else:
                waiting.append(Incoming(_origin(one, row.url), one, options))
    except ItemError as error:
        if not taken.items:
            raise
        taken.reason = f"broke off: {error.reason}"
    taken.outcome = "read" if taken.items else "unchanged" if seen else "empty"


def _origin(reading: Reading, mailbox: str) -> str:
    """The message that something was read from: each is an input of its own, for the next check brings others."""
    found = _MESSAGE.match(getattr(reading.item, "item", ""))
    return found[0] if found else mailbox
