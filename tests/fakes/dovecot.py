"""A Dovecot of one's own on loopback, with one user; as root or not."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER, PASSWORD = "desk@ministry.example", 'm\\ật "khẩu"'
PROGRAM = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
mail_location = maildir:{folder}/mail:LAYOUT=fs:INBOX={folder}/mail/INBOX
first_valid_uid = 0
first_valid_gid = 0
mail_uid = {uid}
mail_gid = {gid}
{users}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Server:
    """Where it listens, its certificate, and the folder of its mail."""

    folder: Path
    port: int
    tls_port: int

    @property
    def certificate(self) -> str:
        return str(self.folder / "cert.pem")

    def deliver(self, message: bytes, *, folder: str = "INBOX") -> None:
        """Put a message into a folder, as a delivery agent does."""
        place = self.folder / "mail" / folder
        for part in ("cur", "new", "tmp"):
            (place / part).mkdir(parents=True, exist_ok=True)
        # Numbers are given out by name.
        name = f"{time.time_ns():020d}.M1.host"
        (place / "tmp" / name).write_bytes(message)
        (place / "tmp" / name).rename(place / "new" / name)
        _give(self.folder / "mail")

    def untouched(self, folder: str = "INBOX") -> int:
        """Messages that no client has changed or opened for writing: they still lie where they were delivered."""
        return len(list((self.folder / "mail" / folder / "new").iterdir()))


@contextmanager
def serving(*, mechanisms: str = "plain login", ssl: str = "yes") -> Iterator[Server]:
    """A server for as long as it is needed."""
    assert PROGRAM is not None
    folder = Path(
        tempfile.mkdtemp(prefix="vedette-mail-", dir="/tmp")
    )  # short: it holds sockets; open to its own users
    folder.chmod(0o755)
    try:
        _certify(folder)
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", "utf-8")
        server = Server(folder, *_ports())
        me = getpass.getuser()
        uid, gid = _owner()
        for part in ("mail", "home"):
            (folder / part).mkdir()
            _give(folder / part)
        users = "" if os.getuid() == 0 else f"default_internal_user = {me}\ndefault_login_user = {me}\n"
        config = _CONFIG.format(folder=folder, port=server.port, tls_port=server.tls_port, uid=uid,
                                gid=gid, users=users, mechanisms=mechanisms, ssl=ssl)  # fmt: skip
        (folder / "dovecot.conf").write_text(config, "utf-8")
        process = subprocess.Popen([PROGRAM, "-F", "-c", str(folder / "dovecot.conf")], stderr=subprocess.DEVNULL)
        try:
            _wait(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> tuple[int, int]:
    """Whose the mail is: Dovecot opens none for root."""
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _give(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if os.getuid() == 0 and path.stat().st_uid == 0:
            os.chown(path, *_owner())


def _certify(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


def _ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
                if connection.recv(10).startswith(b"* OK"):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    log = server.folder / "log"
    raise RuntimeError(f"Dovecot does not start: {log.read_text() if log.exists() else process.poll()}")
