"""The one HTTP client: what it may reach, how long it waits and how much it takes are decided here."""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from urllib.parse import SplitResult, unquote, urldefrag, urljoin, urlsplit

import httpcore
import httpx

from domain.errors import BlockedError, FetchError
from domain.protocols import Response
from domain.source import Stage
from ingest.dedup import canonical_url
from ingest.inflate import inflate
from ingest.network import CheckedBackend, Clock, host_key, is_public, tls

__all__ = ["HttpFetcher", "StatusError", "StoredFetcher", "check_url", "is_public"]

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
_ERROR_BODY = 1 << 16
_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, text/html;q=0.9, */*;q=0.5"
_MOVED = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({301, 308})
_CONDITIONS = ("if-none-match", "if-modified-since")
_OWN = ("accept", "accept-encoding", "accept-language", "user-agent")


class StatusError(FetchError):
    """The server answered, but not with the document; ``response`` has its status, headers and the body's beginning."""

    def __init__(self, reason: str, *, item: str, response: Response) -> None:
        super().__init__(reason, item=item, stage=Stage.FETCH)
        self.response = response


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
        self._now = Clock()
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls(),
            network_backend=CheckedBackend(allowed=frozenset(host_key(host) for host in allow_hosts), now=self._now),
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
                here = there
                _check_redirect(parts, there)
                same = _origin(check_url(there)) == _origin(parts)
                wanted = {key: wanted[key] for key in (*_OWN, *(_CONDITIONS if same else ())) if key in wanted}
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
        """The beginning of the answer; a kept connection that the server has closed meanwhile is no failure.

        An answer that lay there before the question was asked is not its answer.
        """
        for _ in range(_IDLE):
            self._now.begin()
            try:
                answer = self._pool.handle_request(request)
            except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
                if self._now.connected:
                    raise
            else:
                if self._now.heard:
                    return answer
                answer.close()
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
        for piece in inflate(self._raw(answer, url), told.get("content-encoding", ""), item=url):
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
        name = self._folder.joinpath(host_key(parts.hostname or ""), *steps)
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
    return scheme, host_key(parts.hostname or ""), parts.port or {"http": 80, "https": 443}.get(scheme)


def _status_text(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _blocked(url: str, reason: str) -> BlockedError:
    return BlockedError(reason, item=url, stage=Stage.FETCH)
