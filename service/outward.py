"""Ways out of the house, each within the guard that fetching has: no address but a public one, or one let through.

A redirect is never followed, nothing outlasts its time, and what failed is told without the secrets of an address.
"""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import httpcore
import httpx

from alerts.delivery import chat as chats
from alerts.delivery.message import Message
from alerts.delivery.outcome import NotSentError, RefusedError, UncertainError
from alerts.delivery.smtp import Connect
from alerts.delivery.webhook import Post, Reply
from domain.errors import BlockedError
from domain.time import now
from ingest.fetch import check_url
from ingest.network import CheckedBackend, Clock, host_key, is_public, look_up, tls
from ingest.politeness import retry_after

_PLACE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ANSWERED = ("waiting for the answer", "reading the body")
_BODY = 1 << 16
_START = 20.0
"""Seconds that a process for a chat service may take to start, on a busy machine."""


def filled(address: str, *, environ: Mapping[str, str], item: str) -> str:
    """An address with the environment's values in their places.

    Raises:
        NotSentError: one of them is not set (now: it may be another time).
    """

    def value(match: re.Match[str]) -> str:
        if not environ.get(match[1]):
            raise NotSentError(f"the environment variable {match[1]} is not set", item=item, all_alike=False)
        return environ[match[1]]

    return _PLACE.sub(value, address)


def connector(*, allow_hosts: Iterable[str]) -> Connect:
    """Makes connections to checked addresses only; what it gives raises BlockedError, OSError or TimeoutError."""
    allowed = frozenset(host_key(host) for host in allow_hosts)

    def connect(host: str, port: int, timeout: float) -> socket.socket:
        until = time.monotonic() + timeout
        try:
            addresses = look_up(host, port, timeout)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise OSError(str(error)) from None
        if host_key(host) not in allowed and (refused := [one for one in addresses if not is_public(one)]):
            reason = f"{host} is at {refused[0]}, which is no public address: name it in allow_hosts of [delivery]"
            raise BlockedError(reason, item=host, stage="delivery")
        failure = OSError(f"no address for {host}")
        for number, address in enumerate(addresses):
            share = (until - time.monotonic()) / (len(addresses) - number)
            try:
                return socket.create_connection((address, port), timeout=max(share, 0.1))
            except OSError as error:
                failure = error
        raise failure

    return connect


@lru_cache(maxsize=4)
def _trusting(ca_file: str, changed: int) -> ssl.SSLContext:
    """Certificates to trust, read anew when their file has changed."""
    return ssl.create_default_context(cafile=ca_file)


def poster(*, allow_hosts: Iterable[str], seconds: float, ca_file: str = "") -> Callable[[str], Post]:
    """Sends JSON over HTTPS (plain HTTP only to hosts let through); made for an address as it may be told."""
    allowed = frozenset(host_key(host) for host in allow_hosts)
    clock = Clock()

    def post(url: str, body: bytes, headers: Mapping[str, str], *, item: str) -> Reply:
        try:
            parts = check_url(url)
        except BlockedError as error:
            raise RefusedError(error.reason, item=item) from None
        if parts.scheme.lower() != "https" and host_key(parts.hostname or "") not in allowed:
            raise RefusedError("only https leaves the house, or a host in allow_hosts of [delivery]", item=item)
        clock.deadline = time.monotonic() + seconds
        clock.begin()
        clock.doing = "connecting"
        try:
            context = _trusting(ca_file, Path(ca_file).stat().st_mtime_ns) if ca_file else tls()
            backend = CheckedBackend(allowed=allowed, now=clock)
            # A connection for each message: one that was kept leaves it open whether a failed message arrived.
            with httpcore.ConnectionPool(ssl_context=context, network_backend=backend) as pool:
                answer = pool.handle_request(_request(parts.geturl(), body, headers))
                try:
                    return _reply(answer)
                finally:
                    answer.close()
        except BlockedError as error:
            raise RefusedError(error.reason, item=item) from None
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            late = isinstance(error, httpcore.TimeoutException)
            why = f"no answer within {seconds:g} seconds" if late else "broke off"
            if clock.doing in _ANSWERED:
                raise UncertainError(f"{why} once it was sent ({clock.doing})", item=item) from None
            raise NotSentError(f"{why} ({clock.doing})", item=item) from None
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise RefusedError("is no usable address", item=item) from None

    return lambda item: lambda url, body, headers: post(url, body, headers, item=item)


def _request(url: str, body: bytes, headers: Mapping[str, str]) -> httpcore.Request:
    wire = httpx.URL(url)
    told = {**headers, "user-agent": "Vedette", "content-length": str(len(body)), "accept": "*/*"}
    return httpcore.Request(
        method=b"POST",
        url=httpcore.URL(scheme=wire.raw_scheme, host=wire.raw_host, port=wire.port, target=wire.raw_path),
        headers=[(b"host", wire.netloc), *((key.encode(), value.encode()) for key, value in told.items())],
        content=body,
    )


def _reply(answer: httpcore.Response) -> Reply:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
    taken = 0
    try:
        for piece in answer.iter_stream():
            taken += len(piece)
            if taken > _BODY:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError):
        pass  # its status is its answer
    return Reply(answer.status, retry_after(headers, now=now()))


def chat(
    url: str, message: Message, *, item: str, allow_hosts: Iterable[str], seconds: float, ca_file: str = ""
) -> None:
    """Send a message to a chat service, by a process of its own.

    Raises:
        NotSentError, RefusedError, UncertainError: as they say.
    """
    if (reason := chats.refusal(url)) is not None:
        raise RefusedError(reason, item=item)
    job = {"url": url, "subject": message.subject, "text": message.text, "seconds": seconds, "ca_file": ca_file,
           "allow_hosts": list(allow_hosts)}  # fmt: skip
    root = str(Path(__file__).resolve().parents[1])
    # Nothing of our own environment: neither its secrets nor a proxy that nobody checked.
    env = {"PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "HOME": "/nonexistent"}
    env |= {"REQUESTS_CA_BUNDLE": ca_file} if ca_file else {}
    try:
        done = subprocess.run(  # our own module, by our own interpreter
            [sys.executable, "-P", "-m", "service.chat_worker"], input=json.dumps(job).encode("ascii"), env=env,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=_START + 3 * seconds, check=False, cwd=os.sep,
        )  # fmt: skip
        told = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise UncertainError("took too long and was stopped", item=item) from None
    except (ValueError, OSError):
        raise UncertainError("the process that sends to chat services went wrong", item=item) from None
    if told["ending"] == "not sent":
        raise NotSentError(told["reason"], item=item)
    if told["ending"] != "sent":
        raise (RefusedError if told["ending"] == "refused" else UncertainError)(told["reason"], item=item)
