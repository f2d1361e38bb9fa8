"""A web site on the loopback that does what a test tells it: answers, fails, moves, is slow; and notes what it saw."""

from __future__ import annotations

import hashlib
import http.server
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

TEXT = "China and Vietnam opened talks on fishing in Hanoi on Monday, and the envoys met twice. "


@dataclass(frozen=True)
class Answer:
    """What a path is answered with. ``tagged`` gives it an ETag of its body, and 304 to whoever has it."""

    body: bytes | str = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    tagged: bool = True


@dataclass
class Seen:
    """One request: its path and headers, when it began and ended (on the steady clock), and the status it got."""

    path: str
    headers: dict[str, str]
    began: float
    ended: float = 0.0
    status: int = 0


class Site:
    """Answers by path; what is not told is answered with 404. ``seen`` lists the requests in their order."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.pages: dict[str, Answer | Callable[[], Answer]] = {}
        self.seen: list[Seen] = []
        self._lock = threading.Lock()
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                site._answer(self)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def server_bind(self) -> None:
                http.server.HTTPServer.server_bind(self)

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a reader that hung up

        self._server = Server((host, 0), Handler)
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def asked(self, path: str) -> list[Seen]:
        return [one for one in self.seen if one.path == path]

    def _answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        seen = Seen(request.path, {k.lower(): v for k, v in request.headers.items()}, time.monotonic())
        with self._lock:
            self.seen.append(seen)
        told = self.pages.get(request.path, Answer(status=404))
        answer = told() if callable(told) else told
        time.sleep(answer.delay)
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        headers = dict(answer.headers)
        status = answer.status
        if answer.tagged and status == 200:
            headers["etag"] = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
            if seen.headers.get("if-none-match") == headers["etag"]:
                status, body = 304, b""
        seen.status = status
        request.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            if not (status == 304 and name == "content-length"):
                request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)
        seen.ended = time.monotonic()


@contextmanager
def site(host: str = "127.0.0.1") -> Iterator[Site]:
    made = Site(host)
    try:
        yield made
    finally:
        made.close()


def rss(
    *entries: tuple[str, str] | tuple[str, str, str], title: str = "Served", extra: str = "",
    published: Sequence[str] = (),
) -> Answer:  # fmt: skip
    """A feed of entries (id, text) or (id, text, address)."""
    items = []
    for n, (name, text, *link) in enumerate(entries):
        date = f"<pubDate>{published[n]}</pubDate>" if n < len(published) else ""
        address = f"<link>{link[0]}</link>" if link else ""
        items.append(f"<item><guid isPermaLink='false'>{name}</guid><title>Title of {name}</title>{address}{date}"
                     f"<description>{text}</description></item>")  # fmt: skip
    inside = f"<title>{title}</title>{extra}{''.join(items)}"
    body = f"<?xml version='1.0'?><rss version='2.0'><channel>{inside}</channel></rss>"
    return Answer(body, headers={"content-type": "application/rss+xml"})


def page(*paragraphs: str, title: str = "A page") -> Answer:
    """An article as a page."""
    text = "".join(f"<p>{one}</p>" for one in paragraphs)
    body = (f"<!doctype html><html lang='en'><head><title>{title}</title></head><body><nav><a href='/'>Home</a></nav>"
            f"<main><article><h1>{title}</h1>{text}</article></main></body></html>")  # fmt: skip
    return Answer(body, headers={"content-type": "text/html; charset=utf-8"})


def long_text(name: str, words: int = 220) -> str:
    """A text that nobody takes for a teaser, another for each name."""
    return (f"{name}: " + TEXT * 40)[: words * 6].rsplit(". ", 1)[0] + f". So much on {name}."
