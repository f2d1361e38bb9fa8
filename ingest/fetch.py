"""The one HTTP client: what it may reach, how long it waits and how much it takes are decided here."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import httpcore
import httpx

from domain.errors import BlockedError, FetchError
from domain.protocols import Response
from domain.source import Stage
from ingest.dedup import canonical_url

USER_AGENT = "Vedette/0.1"
TIMEOUT = 20.0
"""Seconds for one fetch with all its redirects."""

LIMIT = 15 * 2**20
"""Bytes of a body after decompression."""

REDIRECTS = 5

_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, text/html;q=0.9, */*;q=0.5"
_STEP = 1 << 16
_MOVED = frozenset({301, 302, 303, 307, 308})
_REFUSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
        "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fc00::/7",
        "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


class StatusError(FetchError):
    """The server answered, but not with the document; ``status`` and ``headers`` say what it said."""

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
    if any(ip.version == network.version and ip in network for network in _REFUSED):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


class HttpFetcher:
    """Fetches over HTTP and HTTPS within the limits of this module.

    Every address that a host name resolves to is checked before the connection, and the connection is made to a checked
    one; each redirect is checked again. ``allow_hosts`` names the hosts that the operator lets through unchecked.
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
        self._allowed = frozenset(_host_key(host) for host in allow_hosts)
        self._timeout, self._limit, self._redirects = timeout, limit, redirects
        self._user_agent = user_agent
        self._context = ssl.create_default_context()

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response:
        """The document at a URL; status 304 comes back as an empty body.

        Raises:
            BlockedError: scheme, address, size, encoding or number of redirects is refused.
            StatusError: the server answered with an error. FetchError: it could not be reached, or not in time.
        """
        deadline = time.monotonic() + self._timeout
        wanted = {**(headers or {}), "accept-encoding": "gzip, deflate", "user-agent": self._user_agent}
        wanted.setdefault("accept", _ACCEPT)
        here = url
        for _ in range(self._redirects + 1):
            parts = check_url(here)
            response, onward = self._once(here, wanted, deadline)
            if onward is None:
                return response
            there = urljoin(here, onward)
            if _origin(check_url(there)) != _origin(parts):
                wanted = {key: wanted[key] for key in ("accept", "accept-encoding", "user-agent")}
            here = there
        raise _blocked(url, f"redirected more than {self._redirects} times")

    def _once(self, url: str, headers: Mapping[str, str], deadline: float) -> tuple[Response, str | None]:
        backend = _CheckedBackend(allowed=self._allowed, deadline=deadline)
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=self._context, network_backend=backend, http1=True, http2=False, max_connections=1
                ) as pool,
                httpx.Client(transport=_Transport(pool), trust_env=False, timeout=self._timeout) as client,
                client.stream("GET", url, headers=dict(headers), follow_redirects=False) as answer,
            ):
                told = {key.lower(): value for key, value in answer.headers.items()}
                if answer.status_code in _MOVED and told.get("location"):
                    return Response(url=url, status=answer.status_code, headers=told, body=b""), told["location"]
                body = b"" if answer.status_code == 304 else self._body(answer, url)
                response = Response(url=url, status=answer.status_code, headers=told, body=body)
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise FetchError(f"no answer within {self._timeout:g} seconds", item=url, stage=Stage.FETCH) from error
        except (
            httpcore.ConnectError,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpx.HTTPError,
            OSError,
        ) as error:
            raise FetchError(
                f"cannot be reached: {error or type(error).__name__}", item=url, stage=Stage.FETCH
            ) from error
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise _blocked(url, f"is no usable address: {error}") from error
        if response.status != 304 and not 200 <= response.status < 300:
            raise StatusError(f"the server answered {_status_text(response.status)}", item=url, response=response)
        return response, None

    def _body(self, answer: httpx.Response, url: str) -> bytes:
        out = bytearray()
        for piece in _inflate(answer.iter_raw(_STEP), answer.headers.get("content-encoding", ""), url):
            out += piece
            if len(out) > self._limit:
                raise _blocked(url, f"is larger than {self._limit / 2**20:g} MiB")
        return bytes(out)


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


class _CheckedBackend(httpcore.NetworkBackend):
    """Resolves a name, checks every address it has, connects to a checked one; no read outlives the deadline."""

    def __init__(self, *, allowed: frozenset[str], deadline: float) -> None:
        self._allowed, self._deadline = allowed, deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._addresses(host, port)
        failure: Exception = httpcore.ConnectError(f"no address for {host}")
        for address in addresses:
            try:
                stream = self._inner.connect_tcp(address, port, timeout=_left(self._deadline))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} does not resolve") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if _host_key(host) in self._allowed:
            return addresses
        if refused := [address for address in addresses if not is_public(address)]:
            raise BlockedError(f"{host} is at {refused[0]}, which is no public address", item=host, stage=Stage.FETCH)
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline of the whole fetch."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, timeout=_left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout=_left(self._deadline))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, timeout=_left(self._deadline))
        return _TimedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Transport(httpx.BaseTransport):
    """httpx over a connection pool of our own making."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def _inflate(pieces: Iterator[bytes], encoding: str, url: str) -> Iterator[bytes]:
    """The body without its compression, in small steps, so that a bomb is noticed before it fills the memory."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        yield from pieces
        return
    if name not in {"gzip", "x-gzip", "deflate"}:
        raise _blocked(url, f"is sent in an encoding that was not asked for: {name[:40]}")
    worker: Any = None
    for piece in filter(None, pieces):
        if worker is None:
            raw = name == "deflate" and (piece[0] & 0x0F != 8 or int.from_bytes(piece[:2].ljust(2, b"\0"), "big") % 31)
            worker = zlib.decompressobj(wbits=-15 if raw else 47)
        feed = piece
        while feed and not worker.eof:
            try:
                out = worker.decompress(feed, _STEP)
            except zlib.error as error:
                raise FetchError(f"damaged {name} body: {error}", item=url, stage=Stage.FETCH) from error
            feed = worker.unconsumed_tail
            yield out
    if worker is not None and not worker.eof:
        raise FetchError(f"{name} body is cut off", item=url, stage=Stage.FETCH)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for this fetch is over")
    return left


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    scheme = parts.scheme.lower()
    return scheme, _host_key(parts.hostname or ""), parts.port or {"http": 80, "https": 443}.get(scheme)


def _host_key(host: str) -> str:
    return host.strip().strip("[]").rstrip(".").lower()


def _status_text(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _blocked(url: str, reason: str) -> BlockedError:
    return BlockedError(reason, item=url, stage=Stage.FETCH)
