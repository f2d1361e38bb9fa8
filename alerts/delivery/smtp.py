"""Messages by e-mail (RFC 5321, RFC 5322), over encryption, to a server that the house names.

The standard library's smtplib speaks the protocol. The connection comes from outside, to an address that was checked.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Literal

from alerts.delivery.message import Message, one_line
from alerts.delivery.outcome import NotSentError, RefusedError, UncertainError

Connect = Callable[[str, int, float], socket.socket]
Security = Literal["starttls", "tls", "off"]
WHOLE = 3.0
"""A message may take so many times the time of one exchange."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
# Encoded so that no server on the way needs an extension for it.
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """The server that takes the house's mail.

    Attributes:
        security: starttls, never without it; tls from the first byte; off, for a relay inside the house.
        sender: the address that messages come from, with or without a name. password: never shown.
        ca_file: certificates to trust instead of the system's. timeout: seconds for one exchange.
    """

    host: str
    sender: str
    port: int = 587
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    timeout: float = 20.0


def addresses(text: str) -> tuple[str, ...]:
    """The addresses of a list separated by commas.

    Raises:
        ValueError: one of them is none, or there are none.
    """
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if odd := [one for one in found if not _ADDRESS.fullmatch(one)]:
        raise ValueError(f"no e-mail address: {odd[0]!r}")
    if not found:
        raise ValueError("names no e-mail address")
    return found


def letter(message: Message, *, sender: str, to: Sequence[str], at: datetime) -> EmailMessage:
    """The message as an e-mail: plain text and HTML, its Message-ID made from its key, so that copies can be told.

    Raises:
        ValueError: the sender's address is none.
    """
    name, address = parseaddr(sender)
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"no e-mail address: {sender!r}")
    mail = EmailMessage(policy=_POLICY)
    mail["Subject"] = one_line(message.subject)
    mail["From"] = Address(one_line(name), addr_spec=address)
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message.key}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Vedette-Label"] = message.label.text
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    mail["Content-Language"] = message.lang
    return mail


class _Session(smtplib.SMTP):
    """smtplib over a connection that it did not make."""

    def __init__(self, server: SmtpServer, connect: Connect, context: ssl.SSLContext | None) -> None:
        self._connect, self._context, self._server = connect, context, server
        name = parseaddr(server.sender)[1].rpartition("@")[2]  # else the machine's own name would be looked up
        super().__init__(server.host, server.port, local_hostname=name, timeout=server.timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made = self._connect(host, port, timeout)
        made.settimeout(timeout)
        if self._server.security == "tls" and self._context is not None:
            return self._context.wrap_socket(made, server_hostname=host)
        return made

    def cut(self) -> None:
        """End the connection from another thread."""
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]


def send(message: Message, *, to: Sequence[str], server: SmtpServer, connect: Connect, at: datetime) -> tuple[str, ...]:
    """Send a message to all of its recipients; gives what the server said of those that it did not take.

    Args:
        connect: makes the connection to a host and port within a time, to an address that may be connected to.

    Raises:
        NotSentError: it surely did not leave, and may later. RefusedError: the server will never take it.
        UncertainError: the server had all of it and never answered. Whatever ``connect`` raises of its own.
    """
    if not server.host:
        raise NotSentError("no mail server is configured", item="smtp")
    item = f"smtp://{server.host}:{server.port}"
    try:
        data = letter(message, sender=server.sender, to=to, at=at).as_bytes()
    except (ValueError, MessageError) as error:
        raise RefusedError(f"cannot be written as an e-mail: {error}", item=item) from error
    with _session(server, connect, item) as session:
        try:
            missed = _envelope(session, server, to, item)
        except smtplib.SMTPAuthenticationError as error:
            raise NotSentError(f"the server refuses the login: {_said(error, server)}", item=item) from None
        except smtplib.SMTPResponseException as error:
            raise NotSentError(f"the server answered {_said(error, server)}", item=item) from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise NotSentError(f"broke off: {_safe(str(error), server)}", item=item) from None
        _hand_over(session, data, server, item)
        with suppress(smtplib.SMTPException, OSError):
            session.quit()
    return missed


@contextmanager
def _session(server: SmtpServer, connect: Connect, item: str) -> Iterator[_Session]:
    context = None
    try:
        if server.security != "off":
            context = ssl.create_default_context(cafile=server.ca_file or None)
        session = _Session(server, connect, context)
    except smtplib.SMTPResponseException as error:
        raise NotSentError(f"the server answered {_said(error, server)}", item=item) from None
    except (smtplib.SMTPException, OSError) as error:
        reason = _safe(str(error), server) or type(error).__name__
        raise NotSentError(f"cannot be reached: {reason}", item=item) from None
    timer = threading.Timer(WHOLE * server.timeout, session.cut)
    timer.daemon = True
    timer.start()
    try:
        if context is not None and server.security == "starttls":
            _encrypt(session, context, server, item)
        yield session
    finally:
        timer.cancel()
        session.close()


def _encrypt(session: _Session, context: ssl.SSLContext, server: SmtpServer, item: str) -> None:
    try:
        session.ehlo()
        if not session.has_extn("starttls"):
            raise NotSentError("the server offers no encryption (STARTTLS)", item=item)
        session.starttls(context=context)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotSentError(f"no encryption could be agreed on: {_safe(str(error), server)}", item=item) from None


def _envelope(session: _Session, server: SmtpServer, to: Sequence[str], item: str) -> tuple[str, ...]:
    """Log in, name sender and recipients; gives those not taken."""
    session.ehlo_or_helo_if_needed()
    if server.user:
        session.login(server.user, server.password)
    code, said = session.mail(parseaddr(server.sender)[1])
    if code != 250:
        raise smtplib.SMTPResponseException(code, said)
    missed, later = [], False
    for one in to:
        code, said = session.rcpt(one)
        if code not in (250, 251):
            missed.append(f"{one}: {_said(smtplib.SMTPResponseException(code, said), server)}")
            later = later or 400 <= code < 500
    if len(missed) == len(to):
        reason = f"none of the recipients is taken: {'; '.join(missed)}"
        if later:
            raise NotSentError(reason, item=item, all_alike=False)
        raise RefusedError(reason, item=item)
    return tuple(missed)


def _hand_over(session: _Session, data: bytes, server: SmtpServer, item: str) -> None:
    try:
        code, said = session.data(data)
    except smtplib.SMTPDataError as error:
        raise NotSentError(f"the server answered {_said(error, server)}", item=item) from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        reason = _safe(str(error), server) or type(error).__name__
        raise UncertainError(f"no answer once the message was handed over: {reason}", item=item) from None
    answer = _said(smtplib.SMTPResponseException(code, said), server)
    if 400 <= code < 500:
        raise NotSentError(f"the server answered {answer}", item=item, all_alike=False)
    if code != 250:
        raise RefusedError(f"the server answered {answer}", item=item)


def _said(error: smtplib.SMTPResponseException, server: SmtpServer) -> str:
    text = error.smtp_error
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return _safe(f"{error.smtp_code} {text}", server)


def _safe(text: str, server: SmtpServer) -> str:
    """What a server said, on one line and without the password, should it repeat it."""
    return one_line(text.replace(server.password, "***") if server.password else text, most=200)
