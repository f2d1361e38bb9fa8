"""Each kind of channel joined to what it sends by: settings, secrets of the environment, the guard."""

from __future__ import annotations

import os
from datetime import datetime

from alerts.delivery import rss, smtp, webhook
from alerts.delivery.message import Message, Part, alert_message, made, one_line
from alerts.delivery.outcome import NotSentError, RefusedError
from alerts.delivery.words import words_of
from domain.desk import Channel, Desk
from domain.errors import NotFoundError
from domain.label import Label
from domain.time import start_of
from index.store import desks as store
from ingest.network import host_key
from service import outward
from service.desks import LOCAL, channels_of, desk, file_of, filed
from service.wiring import Home

PASSWORD = "VEDETTE_SMTP_PASSWORD"  # noqa: S105 - the name of the variable, not a password
"""The environment variable with the mail server's password."""


def named(home: Home, name: str, channel: str) -> tuple[Desk, Channel]:
    """A channel of a desk.

    Raises:
        NotFoundError: there is none.
    """
    one = desk(home, name)
    for found in channels_of(home, one):
        if found.name == channel:
            return one, found
    raise NotFoundError("no such channel", item=f"{name}/{channel}", stage="desks")


def endpoint(home: Home, one: Desk, channel: Channel) -> str:
    """What a channel shares with others: where it cannot be reached, they cannot either."""
    if channel.kind == "smtp":
        return f"smtp {home.settings.delivery.smtp_host}"
    # Another address at the same host may be answered otherwise.
    return f"channel {one.name}/{channel.name}"


def send(home: Home, one: Desk, channel: Channel, message: Message, *, at: datetime) -> str | None:
    """Send a message by a channel; gives what is to be known of it though it left.

    Raises:
        NotSentError, RefusedError, UncertainError: as they say. BlockedError: policy refuses the address.
    """
    settings, item = home.settings.delivery, f"{one.name}/{channel.name}"
    if message.label > channel.clearance:
        raise RefusedError(f"its label is above {channel.clearance.text}", item=item)
    if channel.kind == "smtp":
        return _mail(home, channel, message, item=item, at=at)
    if channel.kind in LOCAL:
        raise RefusedError("this channel is a file, written by the outbox", item=item)
    url = outward.filled(channel.address, environ=os.environ, item=item)
    if channel.kind == "apprise":
        outward.chat(url, message, item=item, allow_hosts=settings.allow_hosts, seconds=settings.seconds,
                     ca_file=settings.ca_file)  # fmt: skip
        return None
    secret = os.environ.get(channel.secret_env or "")
    if channel.secret_env and not secret:
        reason = f"the environment variable {channel.secret_env} is not set"
        raise NotSentError(reason, item=item, all_alike=False)
    post = outward.poster(allow_hosts=settings.allow_hosts, seconds=settings.seconds, ca_file=settings.ca_file)
    webhook.send(message, url=url, item=item, post=post(item), at=at, secret=secret.encode() if secret else None)
    return None


def _mail(home: Home, channel: Channel, message: Message, *, item: str, at: datetime) -> str | None:
    settings = home.settings.delivery
    if settings.smtp_security == "off" and host_key(settings.smtp_host) not in map(host_key, settings.allow_hosts):
        raise RefusedError("mail goes unencrypted only to a host in allow_hosts of [delivery]", item=item)
    server = smtp.SmtpServer(
        host=settings.smtp_host, port=settings.smtp_port, security=settings.smtp_security,  # type: ignore[arg-type]
        user=settings.smtp_user, password=os.environ.get(PASSWORD, ""), sender=settings.sender,
        ca_file=settings.ca_file, timeout=settings.seconds,
    )  # fmt: skip
    connect = outward.connector(allow_hosts=settings.allow_hosts)
    missed = smtp.send(message, to=smtp.addresses(channel.address), server=server, connect=connect, at=at)
    return f"not taken for {'; '.join(missed)}" if missed else None


def trial(one: Desk, *, key: str) -> Message:
    """A message by which an operator sees that a channel works."""
    words = words_of(one.lang)
    parts = [Part(lines=(words.test_text.format(desk=one_line(one.title or one.name)),))]
    return made(words.test, parts, words, key=key, label=Label.OPEN, payload={"type": "test", "desk": one.name})


def write_feed(home: Home, one: Desk, channel: Channel, *, at: datetime) -> None:
    """Write a desk's feed as its inbox stands, with no more than the channel may carry.

    Raises:
        OSError: it cannot be written.
    """
    words = words_of(one.lang)
    with home.read() as c:
        told = filed(home, c, one, clearance=channel.clearance)[: rss.ENTRIES]
        entries = [
            (alert_message(x.alert, words, key=x.alert.id, probability=store.probability(c, x.alert)),
             start_of(x.alert.opened)) for x in told
        ]  # fmt: skip
    title = f"Vedette: {one_line(one.title or one.name)}"
    rss.write(file_of(home, channel), rss.feed(title, entries, words, made=at))


def rewrite_feeds(home: Home, *, at: datetime) -> int:
    """Write every feed that there is anew, as when something was removed from what they tell; gives how many."""
    with home.read() as c:
        feeds = [(one, x) for one in store.desks(c) for x in channels_of(home, one) if x.kind == "rss"]
    n = 0
    for one, channel in feeds:
        if file_of(home, channel).exists():
            write_feed(home, one, channel, at=at)
            n += 1
    return n
