"""The world outside on the loopback: a mail server (aiosmtpd) and a web server that takes what is posted to it.

Both are real servers; each can be told to refuse, to hang or to break off, and notes what it was given.
"""

from __future__ import annotations

import email
import http.server
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class Mail:
    """A letter that the server was given."""

    to: list[str]
    sender: str
    message: EmailMessage
    raw: bytes

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None
        return str(part.get_content())


@dataclass
class MailServer:
    """What it took, and what it answers: by command (MAIL, RCPT, DATA), from what it is given."""

    port: int
    mails: list[Mail] = field(default_factory=list)
    answers: dict[str, Callable[[str], str]] = field(default_factory=dict)
    logins: list[tuple[str, str]] = field(default_factory=list)
    hang: threading.Event = field(default_factory=threading.Event)
    """While it is set the server takes a letter and says nothing."""
    closing: threading.Event = field(default_factory=threading.Event)


class _Handler:
    def __init__(self, office: MailServer) -> None:
        self._office = office

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        told = self._office.answers.get("MAIL")
        return told(address) if told else "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        told = self._office.answers.get("RCPT")
        answer = told(address) if told else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        told = self._office.answers.get("DATA")
        answer = told("") if told else "250 OK"
        if answer.startswith("250"):
            message = email.message_from_bytes(raw, policy=default)
            assert isinstance(message, EmailMessage)
            self._office.mails.append(Mail(list(envelope.rcpt_tos), envelope.mail_from or "", message, raw))
        if self._office.hang.is_set():
            self._office.closing.wait(60)
        return answer


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def mail_server(
    *, context: ssl.SSLContext | None = None, tls: str = "off", password: str | None = None, port: int | None = None
) -> Iterator[MailServer]:
    """A mail server for as long as it is needed; ``tls`` is off, starttls or tls."""
    office = MailServer(port or free_port())

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        login = (data.login.decode(), data.password.decode())
        office.logins.append(login)
        return AuthResult(success=login[1] == password, handled=False)

    more: dict[str, Any] = {}
    if password is not None:
        more |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": tls == "starttls"}
    if tls == "starttls":
        more |= {"tls_context": context, "require_starttls": True}
    controller = Controller(
        _Handler(office), hostname="127.0.0.1", port=office.port, ssl_context=context if tls == "tls" else None, **more
    )
    controller.start()
    try:
        yield office
    finally:
        office.closing.set()
        office.hang.clear()
        controller.stop()


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for localhost by its own authority, and a server's context with it."""
    made = folder / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"), "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    made.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made)
    return folder / "cert.pem", context


@dataclass
class Posted:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(frozen=True)
class Answer:
    """What a path is answered with. ``delay`` in seconds; ``cut`` closes without an answer."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: bool = False
    body: bytes = b"ok"


class Hooks:
    """A web server that takes posts; what is not told is answered with 200."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, Answer] = {}
        self.posted: list[Posted] = []
        self.closing = threading.Event()
        hooks = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                hooks.posted.append(Posted(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                answer = hooks.answers.get(self.path.partition("?")[0], Answer())
                hooks.closing.wait(answer.delay) if answer.delay else None
                if answer.cut:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(answer.status)
                for name, value in {"content-length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def server_bind(self) -> None:
                http.server.HTTPServer.server_bind(self)

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a sender that hung up

        self._server = Server(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.url = f"{'https' if context else 'http'}://localhost:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def paths(self) -> list[str]:
        return [one.path for one in self.posted]


@contextmanager
def hooks(context: ssl.SSLContext | None = None) -> Iterator[Hooks]:
    made = Hooks(context)
    try:
        yield made
    finally:
        made.close()


def wait_for(condition: Callable[[], bool], *, seconds: float = 30.0) -> None:
    """Wait until something is so; fails where it does not come to be so in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to be so in time"
        time.sleep(0.02)
