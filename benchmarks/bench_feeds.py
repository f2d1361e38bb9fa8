"""How long a check of many unchanged feeds takes, on servers of this machine that answer 304 to the right ETag.

    python benchmarks/bench_feeds.py [FEEDS] [HOSTS]

Each host is an address of the loopback network of its own, asked one thing at a time. There is no pause between two
requests to one: they are hosts of the operator's own. Elsewhere the default is a second.
"""

from __future__ import annotations

import hashlib
import http.server
import socketserver
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from domain.source import Source
from domain.time import now
from index.store import sources
from service.config import load
from service.rounds import check
from service.wiring import Home, open_home


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    asked: dict[int, int]

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        body = _feed(f"{self.headers['host']}{self.path}")
        tag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
        same = self.headers.get("if-none-match") == tag
        status = 304 if same else 200
        self.server.asked[status] = self.server.asked.get(status, 0) + 1  # type: ignore[attr-defined]
        self.send_response(status)
        self.send_header("etag", tag)
        self.send_header("content-type", "application/rss+xml")
        if not same:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if not same:
            self.wfile.write(body)


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # without asking for the name of the address
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[misc]


def _feed(name: str) -> bytes:
    text = "The envoy met the minister and spoke of fishing. " * 25
    items = "".join(
        f"<item><title>Note {i} of {name}</title><guid>{name}#{i}</guid><description>{text}</description>"
        f"<pubDate>Mon, 05 May 2014 08:0{i}:00 GMT</pubDate></item>"
        for i in range(3)
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>".encode()


@contextmanager
def _served(hosts: int) -> Iterator[tuple[list[str], dict[int, int]]]:
    asked: dict[int, int] = {}
    servers: list[_Server] = []
    for n in range(hosts):
        server = _Server((f"127.0.0.{n + 1}", 0), _Handler)
        server.asked = asked  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        servers.append(server)
    try:
        yield [f"http://127.0.0.{n + 1}:{server.server_port}" for n, server in enumerate(servers)], asked
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _home(folder: Path, *, hosts: int) -> Home:
    settings = load(folder, environ={})
    ingest = replace(settings.ingest, allow_hosts=tuple(f"127.0.0.{n + 1}" for n in range(hosts)))
    return open_home(folder, settings=replace(settings, ingest=ingest))


def figures(*, feeds: int = 500, hosts: int = 50) -> dict[str, Any]:
    """Seconds that a check of unchanged feeds takes, and what the servers saw of it.

    The sources are as they are after a first reading that was stored: each has the ETag of what is served.
    """
    with tempfile.TemporaryDirectory() as folder, _served(hosts) as (addresses, asked):
        home = _home(Path(folder), hosts=hosts)
        try:
            with home.write() as c:
                for n in range(feeds):
                    url = f"{addresses[n % hosts]}/{n}.rss"
                    one = sources.follow(c, Source(name=f"Feed {n}", kind="feed", url=url), at=now())
                    body = _feed(url.removeprefix("http://"))
                    tag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
                    c.execute(sources.s.sources.update().where(sources.s.sources.c.id == one).values(etag=tag))
            with home.read() as c:
                rows = sources.listed(c, followed=True)
            started, cpu = time.perf_counter(), time.process_time()
            check(home, rows)
            seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
            with home.read() as c:
                noted = [sources.history(c, row.id, limit=1)[0].outcome for row in rows]
        finally:
            home.close()
    return {
        "feeds": feeds, "hosts": hosts, "seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2),
        "feeds_a_second": round(feeds / seconds, 1), "answers": {str(k): n for k, n in sorted(asked.items())},
        "unchanged": noted.count("unchanged"),
    }  # fmt: skip


def main() -> None:
    feeds, hosts = ([int(one) for one in sys.argv[1:3]] + [500, 50][len(sys.argv) - 1 :])[:2]
    for name, value in figures(feeds=feeds, hosts=hosts).items():
        print(f"{name:16} {value}")


if __name__ == "__main__":
    main()
