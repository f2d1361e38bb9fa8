"""Messages as JSON to an address, signed so that the receiver knows them for ours, with a key by which to drop copies.

``Vedette-Signature: t=SECONDS,v1=HEX`` holds the HMAC-SHA256 (RFC 2104) of ``SECONDS.BODY`` under the shared secret;
``Idempotency-Key`` is the same for every copy of one message.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.delivery.message import Message
from alerts.delivery.outcome import NotSentError, RefusedError

_LATER = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other side answered, and for how long it asks to be left alone."""

    status: int
    wait: timedelta | None = None


Post = Callable[[str, bytes, Mapping[str, str]], Reply]


def signature(secret: bytes, body: bytes, *, at: datetime) -> str:
    """The value of the header ``Vedette-Signature``."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={hmac.new(secret, b'%d.' % seconds + body, hashlib.sha256).hexdigest()}"


def verified(
    secret: bytes, body: bytes, header: str, *, now: datetime, within: timedelta = timedelta(minutes=5)
) -> bool:
    """Whether a receiver may believe a message: signed with the secret, and not long ago.

    >>> from datetime import UTC
    >>> at = datetime(2026, 5, 1, tzinfo=UTC)
    >>> header = signature(b"s", b"{}", at=at)
    >>> verified(b"s", b"{}", header, now=at), verified(b"s", b"[]", header, now=at)
    (True, False)
    """
    found = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    try:
        seconds = int(found["t"])
    except (KeyError, ValueError):
        return False
    right = hmac.new(secret, b"%d." % seconds + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, found.get("v1", "")) and abs(now.timestamp() - seconds) <= within.total_seconds()


def send(message: Message, *, url: str, item: str, post: Post, at: datetime, secret: bytes | None = None) -> None:
    """Send a message to an address.

    Args:
        item: the address as it may be told. post: sends a body with headers within the house's limits, following no
            redirect, and raises as this function does.

    Raises:
        NotSentError: it surely was not taken, and may be later. RefusedError: the address or the other side refuses it.
        UncertainError: the other side had all of it and never answered.
    """
    body = json.dumps({"key": message.key, **message.payload, "text": message.text}, ensure_ascii=False)
    raw = body.encode("utf-8", "replace")
    headers = {"content-type": "application/json; charset=utf-8", "idempotency-key": message.key}
    if secret:
        headers["vedette-signature"] = signature(secret, raw, at=at)
    reply = post(url, raw, headers)
    if 200 <= reply.status < 300:
        return
    if reply.status in _LATER or reply.status >= 500:
        raise NotSentError(f"the server answered {reply.status}", item=item, wait=reply.wait)
    if 300 <= reply.status < 400:
        raise RefusedError(f"the server answered {reply.status}: a redirect is not followed", item=item)
    raise RefusedError(f"the server answered {reply.status}", item=item)
