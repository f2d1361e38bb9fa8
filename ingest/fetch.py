"""The one HTTP client: what it may reach, how long it waits and how much it takes are decided here."""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
import weakref
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import SplitResult, unquote, urldefrag, urljoin, urlsplit

import httpcore
import httpx

from domain.errors import BlockedError, FetchError
from domain.protocols import Response
from domain.source import Stage
from ingest.dedup import canonical_url

USER_AGENT = "Vedette/0.1"
TIMEOUT = 20.0
"""Seconds for one fetch with all its redirects, from the look-up of the name to the last byte."""

LIMIT = 15 * 2**20
"""Bytes of a body, as sent and after decompression."""

REDIRECTS = 5
CONNECTIONS = 64
"""Connections open at once; a fetch beyond waits for one, within its time."""

_IDLE = 16  # kept open between fetches: each is looked at before every fetch
_IDLE_SECONDS = 15.0
_LOOKUPS = 32
_ADDRESSES = 8
_ERROR_BODY = 1 << 16
_MEMBERS = 100
_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, text/html;q=0.9, */*;q=0.5"
_STEP = 1 << 16
_MOVED = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({301, 308})
_CONDITIONS = ("if-none-match", "if-modified-since")
_OWN = ("accept", "accept-encoding", "accept-language", "user-agent")
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


class StatusError(FetchError):
    """The server answered, but not with the document; ``response`` has its status, headers and the body's beginning."""

    def __init__(self, reason: str, *, item: str, response: Response) -> None:
        super().__init__(reason, item=item, stage=Stage.FETCH)
        self.response = response


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


class HttpFetcher:
    """Fetches over HTTP and HTTPS within the limits of this module; several threads may use one at once.

    Every address that a host name resolves to is checked before a connection is made, to a checked one; each redirect
    is checked again. A connection may serve later fetches from the same host and port for a few seconds. Cookies are
    never kept. ``allow_hosts`` names the hosts that the operator lets through unchecked.
    """

    def __init__(
        self,
        *,
        allow_hosts: Iterable[str] = (),
        timeout: float = TIMEOUT,
        limit: int = LIMIT,
        redirects: int = REDIRECTS,
        user_agent: str = USER_AGENT,
    ) -> None:
        self._timeout, self._limit, self._redirects = timeout, limit, redirects
        self._user_agent = user_agent
        self._now = _Now()
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            network_backend=_CheckedBackend(allowed=frozenset(_host_key(host) for host in allow_hosts), now=self._now),
            max_connections=CONNECTIONS,
            max_keepalive_connections=_IDLE,
            keepalive_expiry=_IDLE_SECONDS,
        )
        self.close = weakref.finalize(self, self._pool.close)
        """Close the connections that are kept open; done as well when the fetcher is no longer used."""

    def __enter__(self) -> HttpFetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response:
        """The document at a URL; status 304 comes back as an empty body when the headers asked for it.

        ``moved_to`` of the response is the address after redirects that are all permanent. After any redirect only
        headers that say nothing of us go along, to another host not even those that name an earlier copy.

        Raises:
            BlockedError: scheme, address, size, encoding or redirect is refused.
            StatusError: the server answered with an error. FetchError: it could not be reached, or not in time.
        """
        self._now.deadline = time.monotonic() + self._timeout
        wanted = {key.lower(): value for key, value in (headers or {}).items()}
        wanted |= {"accept-encoding": "gzip, deflate", "user-agent": self._user_agent}
        wanted.setdefault("accept", _ACCEPT)
        here, for_good = url, True
        seen: set[str] = set()
        try:
            for _ in range(self._redirects + 1):
                parts = check_url(here)
                response, onward = self._once(parts.geturl(), wanted)
                if onward is None:
                    moved = urldefrag(here)[0] if seen and for_good else None
                    return replace(response, moved_to=moved)
                seen.add(here)
                for_good = for_good and response.status in _FOR_GOOD
                there = urljoin(here, onward)
                if there in seen:
                    raise _blocked(url, "redirects in a circle")
                _check_redirect(parts, there)
                same = _origin(check_url(there)) == _origin(parts)
                wanted = {key: wanted[key] for key in (*_OWN, *(_CONDITIONS if same else ())) if key in wanted}
                here = there
        except FetchError as error:
            raise _named(error, url, here) from error
        raise _blocked(url, f"redirected more than {self._redirects} times")

    def _once(self, url: str, headers: Mapping[str, str]) -> tuple[Response, str | None]:
        now = self._now
        try:
            answer = self._ask(_request(url, headers, left=now.left()))
            try:
                return self._taken(answer, url, headers)
            finally:
                answer.close()
        except httpcore.TimeoutException as error:
            raise FetchError(
                f"no answer within {self._timeout:g} seconds ({now.doing})", item=url, stage=Stage.FETCH
            ) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            reason = f"cannot be reached ({now.doing}): {error or type(error).__name__}"
            raise FetchError(reason, item=url, stage=Stage.FETCH) from error
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise _blocked(url, f"is no usable address: {error}") from error

    def _ask(self, request: httpcore.Request) -> httpcore.Response:
        """The beginning of the answer; a kept connection that the server has closed meanwhile is no failure."""
        for _ in range(_IDLE):
            self._now.begin()
            try:
                return self._pool.handle_request(request)
            except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
                if self._now.connected:
                    raise
        return self._pool.handle_request(request)

    def _taken(self, answer: httpcore.Response, url: str, headers: Mapping[str, str]) -> tuple[Response, str | None]:
        self._now.doing = "reading the body"
        told = _headers(answer)
        status = answer.status
        response = Response(url=url, status=status, headers=told, body=b"")
        if status in _MOVED and told.get("location"):
            return response, told["location"]
        if status == 304 and any(name in headers for name in _CONDITIONS):
            return response, None
        if not 200 <= status < 300:
            response = replace(response, body=_beginning(answer))
            raise StatusError(f"the server answered {_status_text(status)}", item=url, response=response)
        if (length := told.get("content-length", "")).isdigit() and int(length[:20]) > self._limit:
            raise self._too_large(url)
        body = bytearray()
        for piece in _inflate(self._raw(answer, url), told.get("content-encoding", ""), url):
            body += piece
            if len(body) > self._limit:
                raise self._too_large(url)
        return replace(response, body=bytes(body)), None

    def _raw(self, answer: httpcore.Response, url: str) -> Iterator[bytes]:
        taken = 0
        for piece in answer.iter_stream():
            taken += len(piece)
            if taken > self._limit:
                raise self._too_large(url)
            yield piece

    def _too_large(self, url: str) -> BlockedError:
        return _blocked(url, f"is larger than {self._limit / 2**20:g} MiB")


class StoredFetcher:
    """Serves documents from a dictionary or a folder instead of the network, with the same rules for addresses.

    In a folder the document of ``https://host/a/b`` lies at ``host/a/b``, and that of an address that ends in a stroke
    at ``index`` below it. For running without a network, replaying what was captured, and tests.
    """

    def __init__(self, pages: Mapping[str, bytes] | None = None, *, folder: Path | None = None) -> None:
        self._pages = {canonical_url(url) or url: body for url, body in (pages or {}).items()}
        self._folder = folder.resolve() if folder is not None else None

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response:
        """The stored document.

        Raises:
            BlockedError: scheme or size is refused. StatusError: nothing is stored for the address.
        """
        parts = check_url(url)
        body = self._pages.get(canonical_url(url) or url)
        if body is None and self._folder is not None:
            body = self._file(parts)
        if body is None:
            missing = Response(url=url, status=404, headers={}, body=b"")
            raise StatusError("the server answered 404 Not Found", item=url, response=missing)
        if len(body) > LIMIT:
            raise _blocked(url, f"is larger than {LIMIT / 2**20:g} MiB")
        return Response(url=url, status=200, headers={}, body=body)

    def _file(self, parts: SplitResult) -> bytes | None:
        assert self._folder is not None
        steps = [step for step in unquote(parts.path).split("/") if step]
        name = self._folder.joinpath(_host_key(parts.hostname or ""), *steps)
        if parts.path.endswith("/") or not steps:
            name = name / "index"
        try:
            real = name.resolve()
            return real.read_bytes() if real.is_relative_to(self._folder) and real.is_file() else None
        except (OSError, ValueError):
            return None


def check_url(url: str) -> SplitResult:
    """The parts of an address that may be fetched.

    Raises:
        BlockedError: it is not http or https, has no host, or carries a user name or password.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise _blocked(url, f"is no usable address: {error}") from error
    if parts.scheme.lower() not in {"http", "https"}:
        raise _blocked(url, f"only http and https are fetched, not {parts.scheme or 'this'!r}")
    if not parts.hostname or port == 0:
        raise _blocked(url, "is no usable address: it has no host")
    if parts.username is not None or parts.password is not None:
        raise _blocked(url, "carries a user name or password")
    return parts


class _Now(threading.local):
    """The fetch that this thread is in: when it has to be over, what it is doing, whether it made a connection."""

    deadline = 0.0
    doing = ""
    connected = False

    def begin(self) -> None:
        self.doing, self.connected = "waiting for a free connection", False

    def left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for this fetch is over")
        return left


class _CheckedBackend(httpcore.NetworkBackend):
    """Resolves a name, checks every address it has, connects to a checked one; no step outlives the deadline."""

    def __init__(self, *, allowed: frozenset[str], now: _Now) -> None:
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
        addresses = _look_up(host, port, self._now.left())
        if _host_key(host) in self._allowed:
            return addresses
        if refused := [address for address in addresses if not is_public(address)]:
            raise _blocked(host, f"{host} is at {refused[0]}, which is no public address")
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline of the fetch that uses it."""

    def __init__(self, inner: httpcore.NetworkStream, now: _Now) -> None:
        self._inner, self._now = inner, now

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._now.doing != "reading the body":
            self._now.doing = "waiting for the answer"
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


_lookups = threading.BoundedSemaphore(_LOOKUPS)


def _look_up(host: str, port: int, left: float) -> list[str]:
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


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """One for all: reading the system's certificates takes longer than a fetch."""
    return ssl.create_default_context()


def _request(url: str, headers: Mapping[str, str], *, left: float) -> httpcore.Request:
    wire = httpx.URL(url)
    return httpcore.Request(
        method=b"GET",
        url=httpcore.URL(scheme=wire.raw_scheme, host=wire.raw_host, port=wire.port, target=wire.raw_path),
        headers=[(b"host", wire.netloc), *((key.encode(), value.encode()) for key, value in headers.items())],
        extensions={"timeout": {"pool": left}},
    )


def _headers(answer: httpcore.Response) -> dict[str, str]:
    """The headers by lower-case name, those sent several times joined; cookies are left out."""
    told: dict[str, str] = {}
    for raw_name, raw in answer.headers:
        name = raw_name.decode("latin-1").lower()
        try:
            value = raw.decode()
        except UnicodeDecodeError:
            value = raw.decode("latin-1")
        if name not in ("set-cookie", "set-cookie2"):
            told[name] = f"{told[name]}, {value}" if name in told and name != "location" else value
    return told


def _beginning(answer: httpcore.Response) -> bytes:
    """The first bytes of an error's body, as far as they come; that they do not come is no further error."""
    body = b""
    try:
        for piece in answer.iter_stream():
            body += piece
            if len(body) >= _ERROR_BODY:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError):
        pass
    return body[:_ERROR_BODY]


def _inflate(pieces: Iterator[bytes], encoding: str, url: str) -> Iterator[bytes]:
    """The body without its compression, in small steps, so that a bomb is noticed before it fills the memory."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        yield from pieces
        return
    if name not in {"gzip", "x-gzip", "deflate"}:
        raise _blocked(url, f"is sent in an encoding that was not asked for: {name[:40]}")
    worker: Any = None
    members, held = 0, b""
    for piece in pieces:
        feed = held + piece
        if worker is None and len(feed) < 2:
            held = feed
            continue
        held = b""
        while feed:
            if worker is None or (worker.eof and feed[:2] == b"\x1f\x8b" and members < _MEMBERS):
                worker, members = zlib.decompressobj(wbits=-15 if _is_raw(name, feed) else 47), members + 1
            if worker.eof:
                break
            try:
                out = worker.decompress(feed, _STEP)
            except zlib.error as error:
                raise FetchError(f"damaged {name} body: {error}", item=url, stage=Stage.FETCH) from error
            feed = worker.unused_data if worker.eof else worker.unconsumed_tail
            yield out
    if held or (worker is not None and not worker.eof):
        raise FetchError(f"{name} body is cut off", item=url, stage=Stage.FETCH)


def _is_raw(name: str, feed: bytes) -> bool:
    """Whether a body called deflate comes without the zlib header that it should have."""
    return name == "deflate" and (feed[0] & 0x0F != 8 or int.from_bytes(feed[:2], "big") % 31 != 0)


def _check_redirect(parts: SplitResult, there: str) -> None:
    onward = check_url(there)
    if parts.scheme.lower() == "https" and onward.scheme.lower() == "http":
        raise _blocked(there, "redirects from https to http")


def _named(error: FetchError, url: str, here: str) -> FetchError:
    """The error under the address that was asked for; where a redirect had led to is part of the reason."""
    where = "" if here == url else f" (redirected to {here[:300]})"
    reason = f"{error.reason}{where}"
    if isinstance(error, StatusError):
        return StatusError(reason, item=url, response=error.response)
    return type(error)(reason, item=url, stage=Stage.FETCH)


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    scheme = parts.scheme.lower()
    return scheme, _host_key(parts.hostname or ""), parts.port or {"http": 80, "https": 443}.get(scheme)


@lru_cache(maxsize=4096)
def _host_key(host: str) -> str:
    """A host in one spelling, so that what the operator allows is recognised."""
    bare = host.strip().strip("[]").rstrip(".").lower()
    try:
        return ipaddress.ip_address(bare).compressed
    except ValueError:
        return urlsplit(canonical_url(f"http://{bare}/") or f"http://{bare}/").hostname or bare


def _status_text(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _blocked(url: str, reason: str) -> BlockedError:
    return BlockedError(reason, item=url, stage=Stage.FETCH)
