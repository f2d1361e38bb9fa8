"""What every fetcher promises, and what the one that reaches the network refuses."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from domain.errors import BlockedError, FetchError
from domain.protocols import Fetcher
from ingest import network
from ingest.fetch import HttpFetcher, StatusError, StoredFetcher, is_public

BODY = "<rss><channel><title>Cảng</title></channel></rss>".encode()


class _Pages(BaseHTTPRequestHandler):
    """A small site on loopback with everything that can go wrong."""

    seen: list[dict[str, str]] = []  # noqa: RUF012

    def do_GET(self) -> None:
        type(self).seen.append({key.lower(): value for key, value in self.headers.items()})
        step, _, rest = self.path.strip("/").partition("/")
        action: Callable[[str], None] = getattr(self, f"_{step}", self._missing)
        action(rest)

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _feed(self, _: str) -> None:
        self._answer(200, BODY, ETag='"1"', Content_Type="application/rss+xml")

    def _missing(self, _: str) -> None:
        self._answer(404, b"no")

    def _gone(self, _: str) -> None:
        self._answer(410)

    def _same(self, _: str) -> None:
        self._answer(304)

    def _packed(self, encoding: str) -> None:
        raw = zlib.compressobj(wbits=-15)
        packed = {
            "gzip": gzip.compress(BODY),
            "deflate": zlib.compress(BODY),
            "raw": raw.compress(BODY) + raw.flush(),
            "br": BODY,
            "cut": gzip.compress(BODY * 50)[:-20],
        }[encoding]
        self._answer(200, packed, Content_Encoding={"raw": "deflate", "cut": "gzip"}.get(encoding, encoding))

    def _bomb(self, _: str) -> None:
        self._answer(200, gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip")

    def _large(self, _: str) -> None:
        self._answer(200, b"x" * 3_000_000)

    def _hops(self, left: str) -> None:
        number = int(left)
        self._answer(302, Location=f"/hops/{number - 1}" if number else "/feed")

    def _to(self, target: str) -> None:
        self._answer(302, Location=target.replace("__", "://"))

    def _slow(self, _: str) -> None:
        self.send_response(200)
        self.end_headers()
        for _n in range(40):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.1)

    def _drip(self, _: str) -> None:
        for _n in range(40):
            self.wfile.write(b"H")
            self.wfile.flush()
            time.sleep(0.1)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, BrokenPipeError):
            self.close_connection = True


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["http", "pages", "folder"])
def fetcher(request: pytest.FixtureRequest, site: str, tmp_path: Path) -> Fetcher:
    if request.param == "http":
        return HttpFetcher(allow_hosts=["127.0.0.1"])
    if request.param == "pages":
        return StoredFetcher({f"{site}/feed": BODY})
    (tmp_path / "127.0.0.1").mkdir()
    (tmp_path / "127.0.0.1" / "feed").write_bytes(BODY)
    (tmp_path / "secret").write_bytes(b"no")
    return StoredFetcher(folder=tmp_path)


def test_gets_a_document(fetcher: Fetcher, site: str) -> None:
    assert isinstance(fetcher, Fetcher)
    response = fetcher.get(f"{site}/feed")
    assert (response.status, response.body, response.url) == (200, BODY, f"{site}/feed")
    assert all(name == name.lower() for name in response.headers)


def test_what_is_not_there_is_an_error(fetcher: Fetcher, site: str) -> None:
    with pytest.raises(FetchError, match="404 Not Found") as caught:
        fetcher.get(f"{site}/nowhere")
    assert caught.value.item == f"{site}/nowhere"
    assert isinstance(caught.value, StatusError)
    assert caught.value.response.status == 404


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://a.example/x",
        "javascript:alert(1)",
        "data:text/plain,x",
        "gopher://a.example/",
        "http://",
        "https:///x",
        "//a.example/x",
        "a.example",
        "",
        "http://user:pass@a.example/",
        "http://a.example:0/",
        "http://[::1",
    ],
)
def test_other_addresses_are_refused(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(BlockedError) as caught:
        fetcher.get(url)
    assert caught.value.item == url
    assert caught.value.stage == "fetch"


def test_no_path_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "site" / "a.example").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(b"no")
    (tmp_path / "site" / "a.example" / "link").symlink_to(tmp_path / "secret")
    stored = StoredFetcher(folder=tmp_path / "site")
    for path in ("../../secret", "%2e%2e/%2e%2e/secret", "..%2f..%2fsecret", "link"):
        with pytest.raises(StatusError):
            stored.get(f"https://a.example/{path}")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "2001::1",
        "2001:db8::1",
        "words",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "172.32.0.1"]
)
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:7f00:1]",
    ],
)
def test_loopback_in_every_spelling_is_refused(site: str, host: str) -> None:
    port = site.rpartition(":")[2]
    with pytest.raises(BlockedError, match=r"no public address|Invalid IPv4 address"):
        HttpFetcher(timeout=3).get(f"http://{host}:{port}/feed")


def test_one_bad_address_among_good_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(host: str, port: int, **_: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(socket.AF_INET, 1, 6, "", ("8.8.8.8", port)), (socket.AF_INET, 1, 6, "", ("10.0.0.1", port))]

    monkeypatch.setattr(network.socket, "getaddrinfo", both)
    with pytest.raises(BlockedError, match=r"10\.0\.0\.1"):
        HttpFetcher(timeout=1).get("http://rebind.example/")


def test_the_connection_is_made_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch, site: str) -> None:
    """A name that changes its address after the check gains nothing: it is asked once."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def once(host: str, port: int, *_: object, **__: object) -> object:
        if host != "127.0.0.1":
            asked.append(host)
        return real("127.0.0.1", port, type=socket.SOCK_STREAM)

    monkeypatch.setattr(network.socket, "getaddrinfo", once)
    port = site.rpartition(":")[2]
    assert HttpFetcher(allow_hosts=["desk.example"]).get(f"http://desk.example:{port}/feed").body == BODY
    assert asked == ["desk.example"]
    assert _Pages.seen[-1]["host"] == f"desk.example:{port}"


def test_redirects_are_followed_five_times_and_no_more(site: str) -> None:
    web = HttpFetcher(allow_hosts=["127.0.0.1"])
    assert web.get(f"{site}/hops/4").url == f"{site}/feed"
    with pytest.raises(BlockedError, match="more than 5 times"):
        web.get(f"{site}/hops/5")


@pytest.mark.parametrize(
    "target", ["http__localhost:1/x", "file__/etc/passwd", "http__a:b@c.example/", "http__169.254.169.254/"]
)
def test_a_redirect_is_checked_again(site: str, target: str) -> None:
    with pytest.raises(BlockedError):
        HttpFetcher(allow_hosts=["127.0.0.1"], timeout=3).get(f"{site}/to/{target}")


def test_headers_do_not_follow_to_another_origin(site: str) -> None:
    port = site.rpartition(":")[2]
    web = HttpFetcher(allow_hosts=["127.0.0.1", "localhost"])
    web.get(f"{site}/to/http__localhost:{port}/feed", headers={"Authorization": "x", "If-None-Match": '"1"'})
    first, second = _Pages.seen[-2:]
    assert (first["authorization"], first["if-none-match"]) == ("x", '"1"')
    assert not second.keys() & {"authorization", "if-none-match", "cookie"}
    assert second["user-agent"] == first["user-agent"] == "Vedette/0.1"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw"])
def test_compressed_bodies(site: str, encoding: str) -> None:
    assert HttpFetcher(allow_hosts=["127.0.0.1"]).get(f"{site}/packed/{encoding}").body == BODY


def test_bodies_that_are_refused(site: str) -> None:
    web = HttpFetcher(allow_hosts=["127.0.0.1"], limit=2_000_000)
    for page in ("bomb", "large"):
        with pytest.raises(BlockedError, match="larger than"):
            web.get(f"{site}/{page}")
    with pytest.raises(BlockedError, match="encoding"):
        web.get(f"{site}/packed/br")
    with pytest.raises(FetchError, match="cut off"):
        web.get(f"{site}/packed/cut")


@pytest.mark.parametrize("page", ["slow", "drip"])
def test_a_server_that_drips_is_cut_off_in_time(site: str, page: str) -> None:
    started = time.monotonic()
    with pytest.raises(FetchError, match="no answer within"):
        HttpFetcher(allow_hosts=["127.0.0.1"], timeout=0.5).get(f"{site}/{page}")
    assert time.monotonic() - started < 4


def test_not_modified_is_an_answer_and_an_error_carries_its_headers(site: str) -> None:
    web = HttpFetcher(allow_hosts=["127.0.0.1"])
    same = web.get(f"{site}/same", headers={"If-None-Match": '"1"'})
    assert (same.status, same.body) == (304, b"")
    with pytest.raises(StatusError) as caught:
        web.get(f"{site}/gone")
    assert caught.value.response.status == 410


def test_nobody_there(site: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(FetchError, match="cannot be reached"):
            HttpFetcher(allow_hosts=["127.0.0.1"], timeout=3).get(f"http://127.0.0.1:{port}/")
