"""An IMAP mailbox as a source: its new messages, read and never changed.

The standard library's imaplib speaks the protocol; the connection below it is that of ``ingest.network``: made to a
checked address, every exchange within its time, and no more taken than was asked for.
"""

from __future__ import annotations

import base64
import imaplib
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import httpcore

from domain.errors import BlockedError, FetchError
from domain.protocols import Reading, ReadOptions
from domain.source import Stage
from ingest import readers
from ingest.clean import one_line
from ingest.documents import failure
from ingest.imap_settings import ImapSettings, MailboxState, folder_name
from ingest.imap_wire import ANSWER, LINE, Connection, Excess
from ingest.network import CheckedBackend, Clock, host_key, tls

_GROUP = 8 * 2**20
_WINDOW = 50_000
_WIDEST = 1_000_000
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905
_UID = re.compile(rb"\bUID (\d{1,10})\b", re.ASCII)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,19})\b", re.ASCII)
_QUOTED = re.compile(rb'BODY\[\](?:<\d+>)? (?:"((?:[^"\\]|\\.)*)"|NIL)', re.DOTALL)
_REFUSALS = (imaplib.IMAP4.error, httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError)


def read_mailbox(
    settings: ImapSettings, *, password: str, state: MailboxState | None, options: ReadOptions
) -> Iterator[Reading | MailboxState]:
    """What the messages hold that came after ``state``, oldest first, and from time to time how far that is.

    A state covers every reading before it: whoever keeps it once these are stored goes on from there after a stop. A
    mailbox whose UIDVALIDITY changed, or whose numbers went back, is read from its beginning; what is held already is
    then known by the Message-ID or the content. The folder is opened read-only, and no message is marked as seen.

    A message that is too large, empty or refused by the server is a failure with its number, and the rest goes on.

    Raises:
        BlockedError: policy refuses the address, or the server sends more than was asked for.
        FetchError: it cannot be reached, refuses the login or the folder, breaks off, or is too slow.
    """
    session = _Session(settings, password)
    try:
        yield from session.run(state, options)
    finally:
        session.close()


class _Session:
    """One visit to a mailbox."""

    def __init__(self, settings: ImapSettings, password: str) -> None:
        self._settings, self._password = settings, password
        self._until = time.monotonic() + settings.seconds
        self._clock = Clock()
        self._connection: Connection | None = None
        self._broken = False

    def run(self, state: MailboxState | None, options: ReadOptions) -> Iterator[Reading | MailboxState]:
        try:
            uidvalidity, newest = self._open()
            if state is None or state.folder != self._settings.folder or state.uidvalidity != uidvalidity:
                done = 0
            else:
                done = 0 if newest is not None and newest < state.uid else state.uid
            yield from self._read(uidvalidity, done, newest, options)
        except GeneratorExit:
            raise
        except BaseException as error:
            self._broken = True
            raise self._told(error) from None  # what led here may hold what was sent

    def _told(self, error: BaseException) -> BaseException:
        """The error in the words of this project; one that is none of the server's doing stays as it is."""
        address = self._settings.address
        if isinstance(error, BlockedError):
            return BlockedError(self._safe(error.reason), item=address, stage=Stage.FETCH)
        if isinstance(error, Excess):
            return BlockedError(f"the server sends {error}", item=address, stage=Stage.FETCH)
        if isinstance(error, httpcore.TimeoutException | TimeoutError):
            return self._wrong(f"no answer within {self._settings.timeout:g} seconds ({self._clock.doing})")
        if isinstance(error, _REFUSALS):
            return self._wrong(str(error) or type(error).__name__)
        return error

    def close(self) -> None:
        """Say good-bye where the connection still stands."""
        if self._connection is None:
            return
        try:
            if not self._broken:
                self._step(seconds=2.0)
                self._connection.logout()
        except (*_REFUSALS, httpcore.TimeoutException, Excess):
            pass
        finally:
            self._connection.shutdown()

    def _open(self) -> tuple[int, int | None]:
        """Connect, log in and open the folder: its UIDVALIDITY, and the newest number it can have given out."""
        settings = self._settings
        if settings.security == "plain" and host_key(settings.host) not in map(host_key, settings.plain_hosts):
            raise BlockedError("a password would go unencrypted, and plain_hosts does not name the host", stage="fetch")
        context = None
        if settings.security != "plain":
            context = tls() if settings.ca_file is None else ssl.create_default_context(cafile=settings.ca_file)
        backend = CheckedBackend(allowed=frozenset(map(host_key, settings.allow_hosts)), now=self._clock)
        self._step()
        connection = self._connection = Connection(settings, backend, context)
        if settings.security == "starttls":
            self._step()
            connection.encrypt()
        if connection.state != "NONAUTH":
            raise connection.error("the server lets in without a login")
        self._log_in(connection)
        self._step()
        kind, answer = connection.select(_quoted(folder_name(settings.folder)), readonly=True)
        if kind != "OK":
            raise connection.error(f"the folder {settings.folder!r} cannot be opened: {_words(answer)}")
        validity = _number(connection.response("UIDVALIDITY")[1])
        if validity is None:
            raise connection.error("the server gives no UIDVALIDITY: its messages cannot be told apart")
        following = _number(connection.response("UIDNEXT")[1])
        return validity, None if following is None else following - 1

    def _log_in(self, connection: Connection) -> None:
        user, password = self._settings.user, self._password
        self._step()
        if "AUTH=PLAIN" in connection.capabilities:
            connection.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        elif "LOGINDISABLED" in connection.capabilities:
            raise connection.error("the server offers no login with a password")
        elif not (user + password).isascii():
            raise connection.error("the server takes no user name or password beyond ASCII")
        else:
            connection.login(_quoted(user), password)

    def _read(
        self, uidvalidity: int, done: int, newest: int | None, options: ReadOptions
    ) -> Iterator[Reading | MailboxState]:
        state = MailboxState(uidvalidity, done, self._settings.folder)
        left = self._settings.messages
        for uids, end in self._windows(done, newest):
            while uids:
                if left <= 0 or self._over():
                    yield replace(state, more=True)
                    return
                part = uids[: min(self._settings.batch, left)]
                uids, left = uids[len(part) :], left - len(part)
                for uid, got in self._messages(part):
                    yield from self._message(uidvalidity, uid, got, options)
                state = replace(state, uid=part[-1])
                yield state
            state = replace(state, uid=max(state.uid, end))
        yield replace(state, more=newest is not None and state.uid < newest)

    def _windows(self, done: int, newest: int | None) -> Iterator[tuple[list[int], int]]:
        """The numbers of the messages after ``done``, window by window, and the last number that each covers.

        A window without messages is followed by one twice as wide: numbers may lie far apart.
        """
        if newest is None:
            # ``*`` is the newest message even where that is an older one than asked for.
            found = [uid for uid in self._search(f"{done + 1}:*") if uid > done]
            yield found, max(found, default=done)
            return
        first, width = done + 1, _WINDOW
        while first <= newest and not self._over():
            last = min(first + width - 1, newest)
            found = [uid for uid in self._search(f"{first}:{last}") if first <= uid <= last]
            yield found, last
            first, width = last + 1, _WINDOW if found else min(2 * width, _WIDEST)

    def _search(self, numbers: str) -> list[int]:
        connection = self._connection
        assert connection is not None
        self._step(budget=LINE + ANSWER)
        since = () if self._settings.since is None else ("SINCE", _imap_day(self._settings.since))
        kind, answer = connection.uid("SEARCH", "UID", numbers, *since)
        if kind != "OK":
            raise connection.error(f"the search is refused: {_words(answer)}")
        words = b" ".join(part for part in answer if isinstance(part, bytes)).split()
        return sorted({int(word) for word in words if word.isdigit() and len(word) <= 10})

    def _messages(self, uids: Sequence[int]) -> Iterator[tuple[int, bytes | str]]:
        """Each message, or why it cannot be had; one that was removed meanwhile is left out."""
        sizes = self._sizes(uids)
        group: list[int] = []
        for uid in [uid for uid in uids if uid in sizes]:
            large = sizes[uid] > self._settings.max_message
            if group and (large or sum(sizes[one] for one in group) + sizes[uid] > _GROUP):
                yield from self._bodies(group, sizes)
                group = []
            if large:
                yield uid, self._too_large(sizes[uid])
            else:
                group.append(uid)
        if group:
            yield from self._bodies(group, sizes)

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        connection = self._connection
        assert connection is not None
        self._step()
        kind, answer = connection.uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)")
        if kind != "OK":
            raise connection.error(f"the sizes of messages are refused: {_words(answer)}")
        wanted = set(uids)
        found: dict[int, int] = {}
        for part in answer:
            told = part if isinstance(part, bytes) else b""
            if (uid := _UID.search(told)) and (size := _SIZE.search(told)) and int(uid[1]) in wanted:
                found[int(uid[1])] = int(size[1])
        return found

    def _bodies(self, group: Sequence[int], sizes: dict[int, int]) -> Iterator[tuple[int, bytes | str]]:
        got = self._fetch(group, sizes)
        if got is None and len(group) > 1:  # one that the server cannot give must not take the others with it
            for uid in group:
                yield from self._bodies([uid], sizes)
            return
        if got is None:
            yield group[0], "the server refuses to give the message"
            return
        for uid in group:
            if uid in got:
                body = got[uid]
                yield uid, body if len(body) <= self._settings.max_message else self._too_large(len(body))

    def _fetch(self, group: Sequence[int], sizes: dict[int, int]) -> dict[int, bytes] | None:
        connection = self._connection
        assert connection is not None
        # Sizes may be told a little wrong, and are by some servers; one message may be as large as any may be.
        most = self._settings.max_message + 1
        self._step(budget=2 * sum(sizes[uid] for uid in group) + most + ANSWER, literal=most)
        try:
            kind, answer = connection.uid("FETCH", ",".join(map(str, group)), f"(UID BODY.PEEK[]<0.{most}>)")
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            return None
        if kind != "OK":
            return None
        found: dict[int, bytes] = {}
        wanted = set(group)
        for number, part in enumerate(answer):
            if isinstance(part, tuple):
                after = answer[number + 1] if number + 1 < len(answer) else b""
                uid = _UID.search(part[0]) or _UID.search(after if isinstance(after, bytes) else b"")
                body = part[1]
            elif isinstance(part, bytes) and (quoted := _QUOTED.search(part)):
                uid = _UID.search(part)
                body = re.sub(rb"\\(.)", rb"\1", quoted[1] or b"")
            else:
                continue
            if uid and int(uid[1]) in wanted:
                found[int(uid[1])] = body
        return found

    def _message(self, uidvalidity: int, uid: int, got: bytes | str, options: ReadOptions) -> Iterator[Reading]:
        item = self._settings.message(uidvalidity, uid)
        if isinstance(got, str):
            yield failure(item, got, options=options, stage=Stage.FETCH)
        else:
            yield from readers.read(got, kind="mail", item=item, options=options)

    def _too_large(self, size: int) -> str:
        return f"message of {size:,} bytes is larger than {self._settings.max_message:,} (max_message)"

    def _over(self) -> bool:
        return time.monotonic() >= self._until

    def _step(self, *, seconds: float | None = None, budget: int = ANSWER, literal: int = ANSWER) -> None:
        """One more exchange: it has its time, which ends with the session's, and what it may bring."""
        now = time.monotonic()
        # A little more than nothing, so that a session which is over can still end its batch in order.
        left = max(self._until - now, 5.0)
        self._clock.deadline = now + min(seconds or self._settings.timeout, left)
        self._clock.doing = "reading the mailbox"
        if self._connection is not None:
            self._connection.budget, self._connection.literal_limit = budget, literal

    def _wrong(self, reason: str) -> FetchError:
        return FetchError(one_line(self._safe(reason), limit=300), item=self._settings.address, stage=Stage.FETCH)

    def _safe(self, text: str) -> str:
        """Without the password, in whatever form a server may have sent it back."""
        user, password = self._settings.user, self._password
        packed = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        forms = (packed, _quoted(password), password, base64.b64encode(password.encode()).decode())
        for form in forms:
            for secret in (form, repr(form.encode())[2:-1]):  # imaplib quotes what it heard as bytes
                text = text.replace(secret, "***") if secret else text
        return text


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _imap_day(day: date) -> str:
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04d}"  # not by strftime: the month's name is English


def _number(answer: Sequence[Any] | None) -> int | None:
    last = answer[-1] if answer else None
    if not isinstance(last, bytes) or not last.isdigit() or len(last) > 10:
        return None
    return int(last)


def _words(answer: Sequence[Any] | None) -> str:
    said = answer[-1] if answer else b""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
