"""An IMAP server that keeps a small mailbox, and answers as badly as a test wants it to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answer = bytes | Callable[["Visit", str, str], None]


@dataclass
class Mailbox:
    """What the server keeps, and what it heard."""

    messages: dict[int, bytes]
    uidvalidity: int = 7
    uidnext: int | None = None
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    answers: Mapping[str, Answer] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    visits: int = 0
    port: int = 0


@dataclass
class Visit:
    """One connection."""

    box: Mailbox
    connection: socket.socket
    closing: threading.Event

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def hang(self) -> None:
        """Nothing more, until the test is over."""
        self.closing.wait(30)

    def say(self, tag: str, *lines: str, status: str = "OK done") -> None:
        self.send("".join(f"* {line}\r\n" for line in lines).encode() + f"{tag} {status}\r\n".encode())


@contextmanager
def serving(messages: Mapping[int, bytes], **values: object) -> Iterator[Mailbox]:
    """The server for as long as it is needed.

    ``answers`` replace its own, by word: greeting, LOGIN, SEARCH, SIZE, BODY ...
    """
    box = Mailbox(dict(messages), **values)  # type: ignore[arg-type]
    closing = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        box.port = listening.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    box.visits += 1
                    threading.Thread(target=_visit, args=(Visit(box, connection, closing),), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield box
        closing.set()
        listening.shutdown(socket.SHUT_RDWR)


def _visit(visit: Visit) -> None:
    with visit.connection, suppress(OSError, ValueError):
        if not _replaced(visit, "greeting", "*"):
            visit.send(f"* OK [CAPABILITY {visit.box.capabilities}] ready\r\n".encode())
        lines = visit.connection.makefile("rb")
        while line := lines.readline():
            said = line.decode("utf-8", "replace").rstrip("\r\n")
            visit.box.heard.append(said)
            tag, _, command = said.partition(" ")
            word = _word(command)
            if _replaced(visit, word, tag):
                continue
            if word == "AUTHENTICATE":
                visit.send(b"+ \r\n")
                visit.box.heard.append(lines.readline().decode().strip())
                visit.say(tag)
            elif word == "LOGOUT":
                visit.say(tag, "BYE")
                return
            else:
                _usual(visit, tag, word, command)


def _usual(visit: Visit, tag: str, word: str, command: str) -> None:
    box = visit.box
    if word == "CAPABILITY":
        visit.say(tag, f"CAPABILITY {box.capabilities}")
    elif word == "EXAMINE":
        following = max(box.messages, default=0) + 1 if box.uidnext is None else box.uidnext
        visit.say(tag, f"{len(box.messages)} EXISTS", f"OK [UIDVALIDITY {box.uidvalidity}] v",
                  *([f"OK [UIDNEXT {following}] n"] if following else []), status="OK [READ-ONLY] done")  # fmt: skip
    elif word == "SEARCH":
        first, _, last = command.split()[3].partition(":")
        end = max(box.messages, default=0) if last == "*" else int(last)
        found = [uid for uid in box.messages if min(int(first), end) <= uid <= end]
        visit.say(tag, "SEARCH " + " ".join(map(str, found)))
    elif word in ("SIZE", "BODY"):
        for uid in map(int, command.split()[2].split(",")):
            if uid not in box.messages:
                continue
            body = box.messages[uid]
            if word == "SIZE":
                visit.send(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(body)})\r\n".encode())
            else:
                most = int(command.partition("<0.")[2].partition(">")[0])
                visit.send(body_of(uid, body[:most]))
        visit.say(tag)
    else:
        visit.say(tag)


def body_of(uid: int, body: bytes, *, size: int | None = None) -> bytes:
    """A message as the server sends it."""
    length = len(body) if size is None else size
    return f"* {uid} FETCH (UID {uid} BODY[]<0> {{{length}}}\r\n".encode() + body + b")\r\n"


def _word(command: str) -> str:
    words = command.upper().split()
    if words[:1] == ["UID"]:
        return "SEARCH" if words[1] == "SEARCH" else "SIZE" if "RFC822.SIZE" in command else "BODY"
    return words[0] if words else ""


def _replaced(visit: Visit, word: str, tag: str) -> bool:
    answer = visit.box.answers.get(word)
    if answer is None:
        return False
    if callable(answer):
        answer(visit, tag, word)
    else:
        visit.send(answer.replace(b"TAG", tag.encode()))
    return True
