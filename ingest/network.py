"""Which addresses may be connected to, and connections to them that end in time: for HTTP and for mailboxes alike."""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpcore

from domain.errors import BlockedError
from domain.source import Stage
from ingest.dedup import canonical_url

_LOOKUPS = 32
_ADDRESSES = 8
_REFUSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
)  # fmt: skip
_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is given out; NAT64, local, mapped ... lie outside
_ISATAP = 0x5EFE


def is_public(address: str) -> bool:
    """Whether an IP address is a global unicast one, in whatever form it is written or embedded."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if isinstance(ip, ipaddress.IPv6Address) and (
        ip not in _UNICAST or (int(ip) >> 32) & 0xFCFFFFFF == _ISATAP or "%" in address
    ):
        return False
    if any(ip.version == network.version and ip in network for network in _REFUSED):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


@lru_cache(maxsize=4096)
def host_key(host: str) -> str:
    """A host in one spelling, so that what the operator allows is recognised."""
    bare = host.strip().strip("[]").rstrip(".").lower()
    try:
        return ipaddress.ip_address(bare).compressed
    except ValueError:
        return urlsplit(canonical_url(f"http://{bare}/") or f"http://{bare}/").hostname or bare


class Clock(threading.local):
    """The fetch that this thread is in.

    When it has to be over, what it is doing, whether it made a connection, whether anything was heard on one.
    """

    deadline = 0.0
    doing = ""
    connected = False
    heard = False

    def begin(self) -> None:
        """A request begins, on a connection that is still to be found."""
        self.doing, self.connected, self.heard = "waiting for a free connection", False, False

    def left(self) -> float:
        """Seconds left; raises httpcore.ReadTimeout when there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for this fetch is over")
        return left


class CheckedBackend(httpcore.NetworkBackend):
    """Resolves a name, checks every address it has, connects to a checked one; no step outlives the deadline."""

    def __init__(self, *, allowed: frozenset[str], now: Clock) -> None:
        self._allowed, self._now = allowed, now
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first of the name's addresses that answers; each has its share of the time left.

        Raises:
            BlockedError: one of the addresses is no public one, and the operator does not let the host through.
        """
        self._now.connected = True
        addresses = self._addresses(host, port)[:_ADDRESSES]
        failure: Exception = httpcore.ConnectError(f"no address for {host}")
        for number, address in enumerate(addresses):
            self._now.doing = "connecting"
            share = self._now.left() / (len(addresses) - number)
            try:
                stream = self._inner.connect_tcp(address, port, timeout=share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._now)
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        self._now.doing = "looking up the name"
        addresses = look_up(host, port, self._now.left())
        if host_key(host) in self._allowed:
            return addresses
        if refused := [address for address in addresses if not is_public(address)]:
            reason = f"{host} is at {refused[0]}, which is no public address"
            raise BlockedError(reason, item=host, stage=Stage.FETCH)
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline of the fetch that uses it."""

    def __init__(self, inner: httpcore.NetworkStream, now: Clock) -> None:
        self._inner, self._now = inner, now

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._now.doing != "reading the body":
            self._now.doing = "waiting for the answer"
        self._now.heard = True
        return self._inner.read(max_bytes, timeout=self._now.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._now.doing = "sending the request"
        self._inner.write(buffer, timeout=self._now.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._now.doing = "agreeing on encryption"
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, timeout=self._now.left()), self._now)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """One for all: reading the system's certificates takes longer than a fetch."""
    return ssl.create_default_context()


_lookups = threading.BoundedSemaphore(_LOOKUPS)


def look_up(host: str, port: int, left: float) -> list[str]:
    """The addresses of a name, within the time left: the system's own look-up knows no limit, so a thread waits for it.

    Raises:
        httpcore.ConnectError: the name does not resolve. httpcore.ConnectTimeout: not in time.
    """
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error)
        finally:
            _lookups.release()

    until = time.monotonic() + left
    if not _lookups.acquire(timeout=left):
        raise httpcore.ConnectTimeout("too many names are being looked up")
    threading.Thread(target=look, name="look-up", daemon=True).start()
    try:
        found = answers.get(timeout=max(0.001, until - time.monotonic()))
    except queue.Empty:
        raise httpcore.ConnectTimeout(f"the name {host} was not looked up in time") from None
    if isinstance(found, Exception):
        raise httpcore.ConnectError(f"the name {host} does not resolve") from found
    return found
