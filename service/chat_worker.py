"""One message to a chat service, in a process of its own: ``service.outward.chat`` runs this.

Libraries of many authors run here, with a secret in hand. So every address is checked as the connection is made, no
program is started, no file is written, and none read but what Python, TLS and name look-up need. Neither the message
nor the URL with its secrets stands on the command line: they come on standard input, as JSON.
"""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import sys
import sysconfig
from dataclasses import dataclass, field
from typing import Any

from alerts.delivery import chat
from ingest.network import host_key, is_public

_READ = (
    "/etc/ssl", "/etc/pki", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/usr/lib/ssl",
    "/usr/share/zoneinfo", "/etc/localtime", "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf",
    "/etc/host.conf", "/etc/services", "/etc/protocols", "/etc/mime.types", "/dev/null", "/dev/urandom",
)  # fmt: skip
_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty",
           "pty.spawn")  # fmt: skip
_SENDS = ("socket.connect", "socket.sendto", "socket.sendmsg")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass
class _Guard:
    """What this process may do: an audit hook (PEP 578) that cannot be taken off again."""

    allowed: frozenset[str]
    readable: tuple[str, ...]
    permitted: set[str] = field(default_factory=set)
    reason: str | None = None
    reached: bool = False

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event in _SENDS:
            self._connection(args[1] if len(args) > 1 else None)
        elif event in _STARTS:
            self._stop("it would start another program")
        elif event == "open":
            self._file(*args)

    def _connection(self, address: Any) -> None:
        if address is None:
            return  # on a connection that was let through
        host = address[0] if isinstance(address, tuple) and address else None
        if not isinstance(host, str) or not _is_address(host):
            self._stop("it would connect elsewhere than to a checked address")
        elif not is_public(host) and host not in self.permitted:
            self._stop(f"{host} is no public address")
        self.reached = True

    def _file(self, path: Any, mode: Any, flags: Any) -> None:
        if isinstance(path, int):
            return
        name = os.path.abspath(os.fsdecode(path))
        if name != "/dev/null" and isinstance(flags, int) and flags & _WRITES:
            self._stop("it would write a file")
        if not any(name == one or name.startswith(one.rstrip("/") + "/") for one in self.readable):
            self._stop("it would read a file of this machine")

    def _stop(self, reason: str) -> None:
        self.reason = self.reason or reason
        raise PermissionError(reason)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _guarded_lookup(guard: _Guard) -> None:
    """Have names looked up so that whoever the operator lets through is known by its addresses."""
    inner = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> list[Any]:
        found = inner(host, *args, **kwargs)
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
        addresses = {str(entry[4][0]) for entry in found}
        if host_key(name) in guard.allowed:
            guard.permitted |= addresses
        elif refused := sorted(one for one in addresses if not is_public(one)):
            guard.reason = guard.reason or f"{name[:200]} is at {refused[0]}, which is no public address"
            raise OSError(guard.reason)
        return found

    socket.getaddrinfo = getaddrinfo


def main() -> None:
    """Send the message that comes on standard input; say how it ended on standard output."""
    job = json.load(sys.stdin)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    import apprise  # noqa: F401 - while files may still be read
    import requests  # noqa: F401

    chat.known("json://localhost")  # loads every plugin
    folders = {
        sys.prefix,
        sys.base_prefix,
        *sysconfig.get_paths().values(),
        *(p for p in sys.path if "site-packages" in p),
    }
    ca = [job["ca_file"]] if job.get("ca_file") else []
    readable = tuple(os.path.realpath(one) for one in folders) + tuple(folders) + tuple(ca) + _READ
    guard = _Guard(frozenset(host_key(one) for one in job["allow_hosts"]), readable)
    _guarded_lookup(guard)
    sys.addaudithook(guard)
    ending, reason = chat.notify(
        job["url"], job["subject"], job["text"], seconds=float(job["seconds"]),
        forbidden=lambda: guard.reason, reached=lambda: guard.reached,
    )  # fmt: skip
    out.write(json.dumps({"ending": ending, "reason": reason}))
    out.flush()


if __name__ == "__main__":
    main()
