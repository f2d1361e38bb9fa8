"""The HTTP client against servers that lie, hang, wander and pour, and how cheap a fetch from a good one is."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BlockedError, FetchError
from ingest import network
from ingest.fetch import HttpFetcher, StatusError, check_url
from ingest.inflate import inflate
from ingest.network import host_key, is_public

BODY = b"<rss/>"


class Raw:
    """A server on loopback that answers each connection with whatever the test wants to send."""

    def __init__(self, answer: Callable[[socket.socket, str], None]) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.connections = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                one, _ = self.socket.accept()
            except TimeoutError:
                continue
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(one,))
            self.threads.append(thread)
            thread.start()

    def _serve(self, one: socket.socket) -> None:
        one.settimeout(5)
        with one:
            try:
                asked = b""
                while b"\r\n\r\n" not in asked and (more := one.recv(65536)):
                    asked += more
                if asked:
                    self.asked.append(asked.decode("latin-1"))
                    self.answer(one, asked.split(b" ")[1].decode("latin-1"))
            except OSError:
                pass

    def close(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.socket.close()


@pytest.fixture
def raw() -> Iterator[Callable[[Callable[[socket.socket, str], None]], Raw]]:
    made: list[Raw] = []

    def make(answer: Callable[[socket.socket, str], None]) -> Raw:
        made.append(Raw(answer))
        return made[-1]

    yield make
    for one in made:
        one.close()


def says(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join(["HTTP/1.1 " + lines[0], *lines[1:], "", ""]).encode() + body


def fetcher(**settings: object) -> HttpFetcher:
    return HttpFetcher(allow_hosts=["127.0.0.1", "localhost"], **{"timeout": 3.0, **settings})  # type: ignore[arg-type]


def forever(one: socket.socket, piece: bytes, pause: float = 0.0) -> None:
    until = time.monotonic() + 8
    while time.monotonic() < until:
        one.sendall(piece)
        time.sleep(pause)


# --- what is refused by its address ---------------------------------------------------------------------------------

FOUR = {
    "this network": "0.1.2.3", "private 10": "10.20.30.40", "private 172": "172.31.255.254",
    "private 192": "192.168.7.7", "carrier": "100.127.0.1",
    "loopback": "127.8.9.1", "link-local": "169.254.169.254", "protocol": "192.0.0.8",
    "documentation": "203.0.113.9", "as112": "192.175.48.6", "6to4 relay": "192.88.99.1", "benchmark": "198.19.0.1",
    "multicast": "239.255.255.250", "reserved": "250.1.1.1", "broadcast": "255.255.255.255",
}  # fmt: skip


def spellings(address: str) -> dict[str, str]:
    number = int(ipaddress.IPv4Address(address))
    parts = address.split(".")
    high, low = number >> 16, number & 0xFFFF
    return {
        "dotted": address,
        "decimal": str(number),
        "hexadecimal": hex(number),
        "octal parts": ".".join(f"0{int(part):o}" for part in parts),
        "hexadecimal parts": ".".join(hex(int(part)) for part in parts),
        "upper case": hex(number).upper().replace("0X", "0X"),
        "three parts": f"{parts[0]}.{parts[1]}.{low}",
        "two parts": f"{parts[0]}.{number & 0xFFFFFF}",
        "dot behind": address + ".",
        "wide dots": address.replace(".", "。"),
        "half-wide dots": address.replace(".", "｡"),
        "wide digits": "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in address),
        "percent": "".join(f"%{ord(c):02x}" for c in address),
        "mapped": f"[::ffff:{address}]",
        "mapped hexadecimal": f"[::FFFF:{high:x}:{low:x}]",
        "mapped, long": f"[0:0:0:0:0:ffff:{high:x}:{low:x}]",
        "compatible": f"[::{high:x}:{low:x}]",
        "NAT64": f"[64:ff9b::{high:x}:{low:x}]",
        "NAT64 local": f"[64:ff9b:1::{high:x}:{low:x}]",
        "6to4": f"[2002:{high:x}:{low:x}::1]",
        "Teredo": f"[2001:0:4136:e378:8000:63bf:{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}]",
        "ISATAP": f"[2606:4700::5efe:{high:x}:{low:x}]",
        "zone": f"[fe80::{high:x}:{low:x}%25eth0]",
        "zone on mapped": f"[::ffff:{address}%25lo]",
    }


@pytest.mark.parametrize("kind", FOUR)
def test_no_refused_range_is_reached_in_any_spelling(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the spelling, no connection is even tried: either the address or its text is refused."""
    tried: list[object] = []
    monkeypatch.setattr(network.socket, "create_connection", lambda *a, **_: tried.append(a) or _refuse())
    monkeypatch.setattr(network.socket, "getaddrinfo", _numbers_only)
    with HttpFetcher(timeout=2) as web:
        for name, host in spellings(FOUR[kind]).items():
            with pytest.raises(FetchError) as caught:
                web.get(f"http://{host}:8080/feed")
            # a spelling that means nothing to the resolver does not resolve; all others are refused by rule
            assert isinstance(caught.value, BlockedError) or "does not resolve" in caught.value.reason, name
    assert tried == []


def _refuse() -> None:
    raise ConnectionRefusedError


def _numbers_only(host: str, port: int, **_: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
    """What the system's resolver does with numbers, and nothing that asks a network."""
    try:
        return [(socket.AF_INET, 1, 6, "", (socket.inet_ntoa(socket.inet_aton(host.rstrip("."))), port))]
    except OSError:
        raise socket.gaierror(-2, "Name or service not known") from None


@given(st.integers(0, 2**32 - 1))
def test_an_embedded_address_is_judged_like_the_address(number: int) -> None:
    plain = ipaddress.IPv4Address(number)
    assert is_public(str(plain)) == is_public(f"::ffff:{plain}")
    if is_public(str(plain)):
        assert plain.is_global
        assert not plain.is_private
    for prefix in ("64:ff9b::", "::", "2002:"):
        embedded = f"2002:{number >> 16:x}:{number & 0xFFFF:x}::" if prefix == "2002:" else f"{prefix}{plain}"
        assert not is_public(embedded)


@given(st.integers(0, 2**128 - 1))
def test_only_unicast_addresses_of_version_6_are_public(number: int) -> None:
    address = ipaddress.IPv6Address(number)
    if is_public(str(address)) and address.ipv4_mapped is None:
        assert address in ipaddress.IPv6Network("2000::/3")


def test_the_operator_names_a_host_in_any_spelling() -> None:
    assert host_key("Tin.Example.") == host_key("tin.example")
    assert host_key("[::1]") == host_key("0:0:0:0:0:0:0:1") == "::1"
    assert host_key("bücher.example") == host_key("xn--bcher-kva.example")
    assert host_key("127.0.0.1") != host_key("2130706433")


@pytest.mark.parametrize("url", ["http://a.example/\nx", " https://a.example/ ", "HTTP://A.example"])
def test_an_address_with_blanks_around_it_is_one(url: str) -> None:
    assert check_url(url).hostname == "a.example"


# --- where it is led ------------------------------------------------------------------------------------------------


def led(one: socket.socket, path: str) -> None:
    status, _, rest = path.strip("/").partition("/")
    if status.isdigit():
        one.sendall(says(f"{status} Moved", f"Location: /{rest}", "Content-Length: 0", "Connection: close"))
    else:
        one.sendall(says("200 OK", f"Content-Length: {len(BODY)}", "Connection: close", body=BODY))


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        ("/end", None),
        ("/301/end", "/end"),
        ("/308/301/end", "/end"),
        ("/301/302/end", None),
        ("/307/301/end", None),
        ("/303/end", None),
    ],
)
def test_a_move_is_told_only_when_every_step_was_for_good(
    raw: Callable[..., Raw], path: str, moved: str | None
) -> None:
    site = raw(led)
    with fetcher() as web:
        response = web.get(site.url + path)
    assert response.url == f"{site.url}/end"
    assert response.moved_to == (site.url + moved if moved else None)


def test_circles_end_at_once(raw: Callable[..., Raw]) -> None:
    site = raw(lambda one, path: one.sendall(says("302 Found", f"Location: {path}", "Content-Length: 0")))
    with fetcher() as web, pytest.raises(BlockedError, match="circle") as caught:
        web.get(f"{site.url}/a")
    assert caught.value.item == f"{site.url}/a"
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.1/", "http://[::ffff:10.0.0.1]/", "//169.254.169.254/latest", "http://0x7f.1/", "file:///x"],
)
def test_a_redirect_into_the_house_is_refused_under_the_address_asked_for(raw: Callable[..., Raw], target: str) -> None:
    site = raw(lambda one, _: one.sendall(says("301 Moved", f"Location: {target}", "Content-Length: 0")))
    with fetcher() as web, pytest.raises(BlockedError, match=r"redirected to|Invalid IPv4") as caught:
        web.get(f"{site.url}/a")
    assert caught.value.item == f"{site.url}/a"


def test_nothing_private_goes_along_a_redirect(raw: Callable[..., Raw]) -> None:
    def answer(one: socket.socket, path: str) -> None:
        there = {"/a": "/b", "/b": f"http://localhost:{site.url.rpartition(':')[2]}/c"}.get(path)
        status = ("302 Found", f"Location: {there}") if there else ("200 OK",)
        one.sendall(says(*status, "Set-Cookie: id=1; Path=/", "Content-Length: 0", "Connection: close"))

    site = raw(answer)
    told = {"Authorization": "Basic x", "Cookie": "a=b", "X-Key": "k", "If-None-Match": '"1"', "Accept-Language": "vi"}
    with fetcher() as web:
        response = web.get(f"{site.url}/a", headers=told)
        web.get(f"{site.url}/c")
    first, second, third, fourth = (asked.lower() for asked in site.asked)
    assert "authorization: basic x" in first
    assert "if-none-match" in second
    assert "if-none-match" not in third
    for later in (second, third, fourth):
        assert not any(name in later for name in ("authorization", "cookie", "x-key"))
    assert "accept-language: vi" in third
    assert "set-cookie" not in response.headers


def test_a_body_beside_an_error_and_its_headers_are_kept(raw: Callable[..., Raw]) -> None:
    def answer(one: socket.socket, _: str) -> None:
        one.sendall(says("503 Busy", "Retry-After: 120", "Connection: close", body=b"x" * 1000))
        forever(one, b"y" * 65536)

    site = raw(answer)
    with fetcher() as web, pytest.raises(StatusError, match="503") as caught:
        web.get(site.url)
    response = caught.value.response
    assert response.headers["retry-after"] == "120"
    assert response.body.startswith(b"x" * 1000)
    assert len(response.body) == 65536


def test_an_unasked_304_is_an_error(raw: Callable[..., Raw]) -> None:
    site = raw(lambda one, _: one.sendall(says("304 Not Modified", "Connection: close")))
    with fetcher() as web:
        assert web.get(site.url, headers={"If-Modified-Since": "Sat, 03 May 2014 00:00:00 GMT"}).status == 304
        with pytest.raises(StatusError, match="304"):
            web.get(site.url)


# --- servers that hang, pour or lie ---------------------------------------------------------------------------------

CHUNKED, GZIP = "Transfer-Encoding: chunked", "Content-Encoding: gzip"
PAGE = b"x" * 2048
EMPTY = gzip.compress(b"")
HOLLOW = b"\0\0\0\xff\xff"  # a block of a packed body that holds nothing

HOSTILE: dict[str, tuple[Callable[[socket.socket], None], str]] = {
    "says nothing": (lambda one: time.sleep(2), "no answer within 1 seconds .waiting for the answer"),
    "drips its headers": (lambda one: forever(one, b"H", 0.05), "no answer within|cannot be reached"),
    "headers without end": (
        lambda one: (one.sendall(b"HTTP/1.1 200 OK\r\n"), forever(one, b"X-A: " + b"y" * 8000 + b"\r\n")),
        "cannot be reached|no answer",
    ),
    "one header without end": (
        lambda one: (one.sendall(b"HTTP/1.1 200 OK\r\nX: "), forever(one, b"y" * 8000)),
        "cannot be reached|no answer",
    ),
    "progress without end": (lambda one: forever(one, b"HTTP/1.1 102 Processing\r\n\r\n"), "no answer within"),
    "drips its body": (
        lambda one: (one.sendall(says("200 OK", "Content-Length: 1000")), forever(one, b"x", 0.05)),
        r"no answer within 1 seconds \(reading the body\)",
    ),
    "chunks without end": (
        lambda one: (one.sendall(says("200 OK", CHUNKED)), forever(one, b"800\r\n" + PAGE + b"\r\n")),
        "larger than",
    ),
    "chunks of one byte": (
        lambda one: (one.sendall(says("200 OK", CHUNKED)), forever(one, b"1\r\nx\r\n" * 2000)),
        "larger than|no answer",
    ),
    "a body without end": (lambda one: (one.sendall(says("200 OK")), forever(one, b"x" * 65536)), "larger than"),
    "announces too much": (lambda one: one.sendall(says("200 OK", "Content-Length: 99999999")), "larger than"),
    "announces absurdly much": (lambda one: one.sendall(says("200 OK", "Content-Length: " + "9" * 18)), "larger than"),
    "ends early": (lambda one: one.sendall(says("200 OK", "Content-Length: 100", body=b"x")), "cannot be reached"),
    "two lengths": (
        lambda one: one.sendall(says("200 OK", "Content-Length: 1", "Content-Length: 2", body=b"xy")),
        "cannot be reached",
    ),
    "no HTTP": (lambda one: one.sendall(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "cannot be reached"),
    "gzip bomb": (
        lambda one: one.sendall(says("200 OK", GZIP, body=gzip.compress(b"\0" * 40_000_000))),
        "larger than",
    ),
    "deflate bomb": (
        lambda one: one.sendall(says("200 OK", "Content-Encoding: deflate", body=zlib.compress(b"\0" * 40_000_000))),
        "larger than",
    ),
    "nothing packed without end": (
        lambda one: (one.sendall(says("200 OK", GZIP, body=EMPTY[:10])), forever(one, HOLLOW * 9000)),
        "larger than|damaged",
    ),
    "packed twice": (lambda one: one.sendall(says("200 OK", "Content-Encoding: gzip, gzip", body=b"x")), "encoding"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_servers_end_in_time_with_a_reason(raw: Callable[..., Raw], name: str) -> None:
    answer, reason = HOSTILE[name]
    site = raw(lambda one, _: answer(one))
    started = time.monotonic()
    with fetcher(timeout=1.0, limit=1_000_000) as web, pytest.raises(FetchError, match=reason) as caught:
        web.get(f"{site.url}/feed")
    assert time.monotonic() - started < 5
    assert caught.value.item == f"{site.url}/feed"
    assert caught.value.stage == "fetch"


def test_a_name_that_is_not_looked_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()

    def slow(*_: object, **__: object) -> list[object]:
        let_go.wait(10)
        return []

    monkeypatch.setattr(network.socket, "getaddrinfo", slow)
    started = time.monotonic()
    with HttpFetcher(timeout=0.4) as web, pytest.raises(FetchError, match="looking up the name"):
        web.get("http://slow.example/")
    assert time.monotonic() - started < 3
    let_go.set()


def test_names_that_hang_do_not_use_up_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names hang, no more than a few dozen threads wait for them, and each fetch ends in its time."""
    let_go = threading.Event()
    monkeypatch.setattr(network.socket, "getaddrinfo", lambda *_, **__: let_go.wait(20) and [])
    before = threading.active_count()

    def one(number: int) -> str:
        with pytest.raises(FetchError) as caught:
            web.get(f"http://slow{number}.example/")
        return caught.value.reason

    with HttpFetcher(timeout=1.0) as web, ThreadPoolExecutor(16) as threads:
        reasons = list(threads.map(one, range(64)))
        assert threading.active_count() - before <= 16 + 32
    assert all("no answer within" in reason for reason in reasons)
    let_go.set()


def test_one_dead_address_of_several_does_not_take_all_the_time(
    raw: Callable[..., Raw], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = raw(lambda one, _: one.sendall(says("200 OK", f"Content-Length: {len(BODY)}", body=BODY)))
    port = int(site.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.2", port), backlog=0) as full:
        stuffed = [socket.socket() for _ in range(4)]  # a queue that is full: connections to it hang
        for one in stuffed:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        found = [(socket.AF_INET, 1, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]
        monkeypatch.setattr(network.socket, "getaddrinfo", _instead("two.example", found))
        with HttpFetcher(allow_hosts=["two.example"], timeout=4) as web:
            assert web.get(f"http://two.example:{port}/").body == BODY
        for one in stuffed:
            one.close()


def _instead(name: str, found: list[object]) -> Callable[..., list[object]]:
    real = socket.getaddrinfo
    return lambda host, *rest, **more: found if host == name else list(real(host, *rest, **more))


# --- connections ----------------------------------------------------------------------------------------------------


class _Kept(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections: list[object] = []  # noqa: RUF012

    def setup(self) -> None:
        self.connections.append(self.client_address)
        super().setup()

    def do_GET(self) -> None:
        same = self.headers.get("If-None-Match") == '"1"'
        self.send_response(304 if same else 200)
        self.send_header("ETag", '"1"')
        if not same:
            self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        if not same:
            self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


@pytest.fixture
def kept() -> Iterator[str]:
    _Kept.connections = []
    server = _Server(("127.0.0.1", 0), _Kept)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_five_hundred_unchanged_feeds(kept: str) -> None:
    """Far below the twenty seconds asked for, one after the other and with several threads."""
    port = kept.rpartition(":")[2]
    feeds = [f"http://127.0.{n // 250}.{n % 250 + 1}:{port}/feed" for n in range(500)]
    hosts = [url.split("/")[2].partition(":")[0] for url in feeds]
    started = time.monotonic()
    server = _Server(("0.0.0.0", 0), _Kept)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    feeds = [url.replace(f":{port}/", f":{server.server_address[1]}/") for url in feeds]
    try:
        with HttpFetcher(allow_hosts=hosts) as web, ThreadPoolExecutor(8) as threads:
            asked = threads.map(lambda url: web.get(url, headers={"If-None-Match": '"1"'}).status, feeds)
            assert set(asked) == {304}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert time.monotonic() - started < 10


def test_a_connection_serves_again_and_one_closed_meanwhile_is_no_failure(kept: str) -> None:
    with fetcher() as web:
        for _ in range(20):
            assert web.get(f"{kept}/feed").body == BODY
        assert len(_Kept.connections) == 1


def test_a_kept_connection_that_the_server_drops_is_made_anew(raw: Callable[..., Raw]) -> None:
    """The server promises to keep the connection and closes it with the next request already on its way."""

    def answer(one: socket.socket, _: str) -> None:
        one.sendall(says("200 OK", f"Content-Length: {len(BODY)}", body=BODY))
        one.recv(65536)

    site = raw(answer)
    with fetcher() as web:
        assert [web.get(f"{site.url}/{n}").body for n in range(4)] == [BODY] * 4
    assert site.connections == 4


def test_what_a_server_sends_too_much_is_not_the_next_answer(raw: Callable[..., Raw]) -> None:
    twice = says("200 OK", f"Content-Length: {len(BODY)}", body=BODY) + says(
        "200 OK", "Content-Length: 4", body=b"evil"
    )
    site = raw(lambda one, _: (one.sendall(twice), time.sleep(0.3)))
    with fetcher() as web:
        assert web.get(f"{site.url}/a").body == BODY
        assert web.get(f"{site.url}/b").body == BODY


def test_many_threads_share_one_client(kept: str) -> None:
    with fetcher() as web, ThreadPoolExecutor(12) as threads:
        bodies = list(threads.map(lambda n: web.get(f"{kept}/{n}").body, range(200)))
    assert bodies == [BODY] * 200


def test_a_slow_host_does_not_lend_its_time_to_another_thread(raw: Callable[..., Raw], kept: str) -> None:
    site = raw(lambda one, _: time.sleep(1.5))
    with fetcher(timeout=1.0) as web, ThreadPoolExecutor(2) as threads:
        slow = threads.submit(web.get, site.url)
        until = time.monotonic() + 1.2
        while time.monotonic() < until:
            assert web.get(kept).body == BODY
        with pytest.raises(FetchError, match="no answer within"):
            slow.result()


def test_a_client_that_is_forgotten_closes_its_connections(kept: str) -> None:
    web = fetcher()
    web.get(kept)
    pool = web._pool
    del web
    assert pool.connections == []


# --- encryption -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    both = tmp_path_factory.mktemp("tls") / "both.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", str(both), "-out", str(both.with_suffix(".crt")), "-subj", "/CN=desk.example",
         "-addext", "subjectAltName=DNS:desk.example"],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("openssl is not installed")
    both.write_bytes(both.read_bytes() + both.with_suffix(".crt").read_bytes())
    return both


@pytest.fixture
def secure(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer(one: socket.socket) -> None:
        try:
            with context.wrap_socket(one, server_side=True) as safe:
                asked = safe.recv(65536).split(b" ")[1]
                down = asked == b"/down"
                head = ("302 Found", "Location: http://desk.example/x") if down else ("200 OK",)
                safe.sendall(says(*head, f"Content-Length: {len(BODY)}", "Connection: close", body=BODY))
        except (OSError, IndexError):
            pass

    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    over = threading.Event()

    def accept() -> None:
        while not over.is_set():
            try:
                one, _ = server.accept()
            except TimeoutError:
                continue
            one.settimeout(5)
            answer(one)

    thread = threading.Thread(target=accept)
    thread.start()
    yield int(server.getsockname()[1])
    over.set()
    thread.join()
    server.close()


def test_a_certificate_is_checked_against_the_name_not_the_address(
    secure: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(socket.AF_INET, 1, 6, "", ("127.0.0.1", secure))]
    for name in ("desk.example", "other.example"):
        monkeypatch.setattr(network.socket, "getaddrinfo", _instead(name, found))
        with HttpFetcher(allow_hosts=[name], timeout=5) as web, pytest.raises(FetchError, match="CERTIFICATE_VERIFY"):
            web.get(f"https://{name}:{secure}/")
    trusting = ssl.create_default_context(cafile=str(certificate.with_suffix(".crt")))
    monkeypatch.setattr("ingest.fetch.tls", lambda: trusting)
    with HttpFetcher(allow_hosts=["other.example"], timeout=5) as web, pytest.raises(FetchError, match="mismatch"):
        web.get(f"https://other.example:{secure}/")
    monkeypatch.setattr(network.socket, "getaddrinfo", _instead("desk.example", found))
    with HttpFetcher(allow_hosts=["desk.example"], timeout=5) as web:
        assert web.get(f"https://desk.example:{secure}/").body == BODY
        with pytest.raises(BlockedError, match="from https to http"):
            web.get(f"https://desk.example:{secure}/down")


# --- packed bodies --------------------------------------------------------------------------------------------------

_raw_deflate = zlib.compressobj(wbits=-15)
PACKED = {
    "gzip": gzip.compress(BODY * 99),
    "deflate": zlib.compress(BODY * 99),
    "raw deflate": _raw_deflate.compress(BODY * 99) + _raw_deflate.flush(),
    "two members": gzip.compress(BODY * 50) + gzip.compress(BODY * 49),
    "zeros behind": gzip.compress(BODY * 99) + b"\0" * 40,
}


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("step", [1, 2, 7, 100_000])
def test_packed_bodies_in_pieces_of_any_size(name: str, step: int) -> None:
    packed = PACKED[name]
    encoding = "deflate" if "deflate" in name else "gzip"
    pieces = (packed[at : at + step] for at in range(0, len(packed), step))
    assert b"".join(inflate(pieces, encoding, item="x")) == BODY * 99


def test_thousands_of_empty_members_take_no_time() -> None:
    started = time.monotonic()
    packed = gzip.compress(b"") * 50_000
    assert (
        b"".join(inflate(iter([packed[at : at + 65536] for at in range(0, len(packed), 65536)]), "gzip", item="x"))
        == b""
    )
    assert time.monotonic() - started < 5
