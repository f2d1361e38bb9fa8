"""What an operator says of a mailbox, how far it was read, and where its password is kept."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import quote, unquote, urlsplit

from domain.errors import ConfigError
from ingest.network import host_key

Security = Literal["tls", "starttls", "plain"]
MESSAGE = 32 * 2**20
"""Bytes of the largest message that is fetched, unless the operator says otherwise."""

_PORTS = {"imaps": 993, "imap": 143}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_KEYS = frozenset({"folder", "security", "plain_hosts", "allow_hosts", "ca_file", "password_env", "password_file",
                   "since", "max_message", "batch", "messages", "timeout", "seconds"})  # fmt: skip
_SECRET_FILE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    """A mailbox and the limits it is read within.

    Attributes:
        security: tls from the first byte; starttls; plain, which only hosts in ``plain_hosts`` may have.
        allow_hosts: hosts that may be connected to though their addresses are not public.
        ca_file: certificates to trust instead of the system's, for a ministry's own authority.
        password_env, password_file: where the password is, never the password.
        since: messages that arrived before this day are left alone.
        max_message: bytes of the largest message. batch: messages between two states.
        messages: the most in one session. timeout: seconds for one exchange. seconds: for the whole session.
    """

    host: str
    user: str
    port: int = 993
    folder: str = "INBOX"
    security: Security = "tls"
    plain_hosts: tuple[str, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    ca_file: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    since: date | None = None
    max_message: int = MESSAGE
    batch: int = 50
    messages: int = 1000
    timeout: float = 30.0
    seconds: float = 600.0

    @property
    def address(self) -> str:
        """The mailbox in one line, without its password (RFC 5092)."""
        scheme = "imaps" if self.security == "tls" else "imap"
        port = "" if self.port == _PORTS[scheme] else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{quote(self.user, safe='')}@{host}{port}/{quote(self.folder, safe='/')}"

    def message(self, uidvalidity: int, uid: int) -> str:
        """The name of one message in it."""
        return f"{self.address};UIDVALIDITY={uidvalidity}/;UID={uid}"


@dataclass(frozen=True, slots=True)
class MailboxState:
    """How far a mailbox was read: all up to ``uid``, as long as its UIDVALIDITY stays (RFC 3501, 2.3.1.1).

    ``more``: the session ended at one of its limits, and there is more to be had at once.
    """

    uidvalidity: int
    uid: int
    folder: str
    more: bool = False

    def plain(self) -> dict[str, Any]:
        """As it is kept until the next session."""
        return {"uidvalidity": self.uidvalidity, "uid": self.uid, "folder": self.folder}


def state_of(kept: Mapping[str, Any] | None) -> MailboxState | None:
    """The state that ``plain`` wrote; None for anything else, so that the mailbox is read from its beginning."""
    try:
        found = MailboxState(kept["uidvalidity"], kept["uid"], kept["folder"])  # type: ignore[index]
    except (KeyError, TypeError):
        return None
    numbers = (found.uidvalidity, found.uid)
    fits = all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n < 2**32 for n in numbers)
    return found if fits and isinstance(found.folder, str) else None


def mailbox_settings(address: str, settings: Mapping[str, Any] | None = None) -> ImapSettings:
    """The mailbox at ``imaps://user@host[:port]/folder``, with whatever else is set for it.

    ``imap://`` is STARTTLS unless ``security`` says plain. A folder in the settings wins over that of the address.

    Raises:
        ConfigError: the address is none, a setting is unknown or out of its range, or a password stands in either.
    """
    told = dict(settings or {})
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"is no address of a mailbox: {error}", item=_bare(address)) from error
    item = _bare(address)
    if parts.scheme not in _PORTS or not parts.hostname or not parts.username:
        raise ConfigError("is no address of a mailbox: imaps://user@host/folder", item=item)
    if parts.password is not None or "password" in told:
        raise ConfigError("a password is never kept here: name password_env or password_file", item=item)
    if unknown := [name for name in told if name not in _KEYS]:
        raise ConfigError(f"unknown setting {unknown[0]!r}; known: {', '.join(sorted(_KEYS))}", item=item)
    security = told.get("security", "tls" if parts.scheme == "imaps" else "starttls")
    if security not in get_args(Security) or (security == "tls") != (parts.scheme == "imaps"):
        raise ConfigError("security is tls with imaps://, starttls or plain with imap://", item=item)
    made = ImapSettings(
        host=parts.hostname, user=unquote(parts.username), port=port or _PORTS[parts.scheme], security=security,
        folder=_text(told, "folder", item) or unquote(parts.path.strip("/")) or "INBOX",
        plain_hosts=_names(told, "plain_hosts", item), allow_hosts=_names(told, "allow_hosts", item),
        ca_file=_text(told, "ca_file", item), password_env=_text(told, "password_env", item),
        password_file=_text(told, "password_file", item), since=_day(told, item),
        max_message=_whole(told, "max_message", MESSAGE, 1 << 10, 1 << 30, item),
        batch=_whole(told, "batch", 50, 1, 1000, item), messages=_whole(told, "messages", 1000, 1, 10**6, item),
        timeout=float(_whole(told, "timeout", 30, 1, 600, item)),
        seconds=float(_whole(told, "seconds", 600, 1, 86_400, item)),
    )  # fmt: skip
    if _CONTROL.search(made.user + made.folder):
        raise ConfigError("user and folder must not hold control characters", item=item)
    if security == "plain" and host_key(made.host) not in {host_key(host) for host in made.plain_hosts}:
        raise ConfigError(f"{made.host} is not in plain_hosts: a password would go unencrypted", item=item)
    return made


def password_of(settings: ImapSettings, *, environ: Mapping[str, str]) -> str:
    """The password, from the environment variable or the file that the settings name; a line end at its end is none.

    Raises:
        ConfigError: neither is named, or nothing is there.
    """
    if settings.password_env:
        found = environ.get(settings.password_env, "")
        place = f"environment variable {settings.password_env}"
    elif settings.password_file:
        place = f"file {settings.password_file}"
        try:
            with Path(settings.password_file).open("rb") as handle:
                found = handle.read(_SECRET_FILE).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
            raise ConfigError(
                f"the password cannot be read from the {place}: {reason}", item=settings.address
            ) from None
    else:
        raise ConfigError("names no place of its password: password_env or password_file", item=settings.address)
    found = found.rstrip("\r\n")
    if not found or _CONTROL.search(found):
        raise ConfigError(f"there is no usable password in the {place}", item=settings.address)
    return found


def folder_name(name: str) -> str:
    """A folder's name as IMAP writes it: modified UTF-7 (RFC 3501, 5.1.3)."""
    out: list[str] = []
    wide = ""
    for char in [*name, ""]:
        if char and not " " <= char <= "~":
            wide += char
            continue
        if wide:
            out.append("&" + base64.b64encode(wide.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-")
            wide = ""
        out.append("&-" if char == "&" else char)
    return "".join(out)


def _bare(address: str) -> str:
    """The address without what may be a password in it."""
    return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1@", address.strip())[:200]


def _text(told: Mapping[str, Any], name: str, item: str) -> str | None:
    value = told.get(name)
    if value is not None and not isinstance(value, str):
        raise ConfigError(f"{name} must be text", item=item)
    return value or None


def _names(told: Mapping[str, Any], name: str, item: str) -> tuple[str, ...]:
    value = told.get(name, ())
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ConfigError(f"{name} must be a list of hosts", item=item)
    return tuple(value)


def _day(told: Mapping[str, Any], item: str) -> date | None:
    value = told.get("since")
    if value is None or (isinstance(value, date) and type(value) is date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ConfigError("since must be a day (YYYY-MM-DD)", item=item) from None


def _whole(told: Mapping[str, Any], name: str, usual: int, least: int, most: int, item: str) -> int:
    value = told.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ConfigError(f"{name} must be a whole number from {least} to {most}", item=item)
    return value
