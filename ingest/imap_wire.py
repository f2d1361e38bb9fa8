"""imaplib over a connection of ours: to a checked address, in its time, and never more than was asked for."""

from __future__ import annotations

import imaplib
import ssl
from typing import Any

import httpcore

from ingest.imap_settings import ImapSettings
from ingest.network import CheckedBackend

LINE = 16 * 2**20
"""Bytes of the longest line: the numbers of a million messages."""

ANSWER = 2**20
"""Bytes of the longest answer to a command that asks for nothing long."""


class Excess(Exception):
    """The server sends more than was asked for."""


class Connection(imaplib.IMAP4):
    """imaplib over a connection of ours. It overrides what imaplib names as overridable, and nothing else."""

    def __init__(self, settings: ImapSettings, backend: CheckedBackend, context: ssl.SSLContext | None) -> None:
        self._settings, self._backend, self._context = settings, backend, context
        self._stream: httpcore.NetworkStream | None = None
        self._buffer = bytearray()
        self.budget = ANSWER
        """Bytes that the server may still send in this exchange."""

        self.literal_limit = ANSWER
        super().__init__(settings.host, settings.port)

    def open(self, host: str = "", port: int = 993, timeout: float | None = None) -> None:
        """Connect, to a checked address."""
        self.host, self.port = host, port
        self._stream = self._backend.connect_tcp(host, port)
        if self._context is not None and self._settings.security == "tls":
            self._stream = self._stream.start_tls(self._context, server_hostname=host)

    def encrypt(self) -> None:
        """STARTTLS; what came before it in the same breath is refused (RFC 9051, 11.1)."""
        assert self._stream is not None
        assert self._context is not None
        if self.state != "NONAUTH" or "STARTTLS" not in self.capabilities:
            raise self.error("the server offers no STARTTLS")
        kind, answer = self.xatom("STARTTLS")
        if kind != "OK":
            raise self.error(f"the server refuses STARTTLS: {answer!r}")
        if self._buffer:
            raise self.error("the server sent something between STARTTLS and the encryption")
        self._stream = self._stream.start_tls(self._context, server_hostname=self.host)
        # Capabilities told before the encryption may be anybody's.
        _, told = self.capability()
        words = b" ".join(part for part in told if isinstance(part, bytes)).decode("ascii", "replace")
        self.capabilities = tuple(words.upper().split())

    def read(self, size: int) -> bytes:
        """A literal of this size, as far as it may be that large."""
        if size > self.literal_limit:
            raise Excess(f"{size} bytes at once, where at most {self.literal_limit} were asked for")
        while len(self._buffer) < size:
            if not self._more():
                raise self.abort("the connection ended within a message")
        return self._cut(size)

    def readline(self) -> bytes:
        """A line, empty at the end of the connection."""
        seen = 0
        while (end := self._buffer.find(b"\n", seen)) < 0:
            seen = len(self._buffer)
            if seen > LINE:
                raise Excess(f"a line of more than {LINE} bytes")
            if not self._more():
                return b""
        return self._cut(end + 1)

    def send(self, data: Any) -> None:
        """Send it all."""
        assert self._stream is not None
        self._stream.write(bytes(data))

    def shutdown(self) -> None:
        """Close the connection."""
        if self._stream is not None:
            self._stream.close()

    def _more(self) -> bool:
        assert self._stream is not None
        piece = self._stream.read(1 << 16)
        self.budget -= len(piece)
        if self.budget < 0:
            raise Excess("more than was asked for")
        self._buffer += piece
        return bool(piece)

    def _cut(self, size: int) -> bytes:
        out = bytes(self._buffer[:size])
        del self._buffer[:size]
        return out
