"""E-mail, against a real server on the loopback that takes, refuses, hangs, and asks for encryption and a login."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.delivery.message import Message, Part, made, one_line
from alerts.delivery.outcome import NotSentError, RefusedError, UncertainError
from alerts.delivery.smtp import SmtpServer, addresses, letter, send
from alerts.delivery.words import words_of
from domain.label import Label
from tests.fakes.outside import MailServer, certificate, free_port, mail_server

AT = datetime(2026, 5, 2, 7, 30, tzinfo=UTC)
SENDER = "Vedette <vedette@mfa.example>"
TO = ("desk@mfa.example", "chief@mfa.example")


def message(subject: str = "Cảnh báo: Trung Quốc và Việt Nam", text: str = "Bảy bài.") -> Message:
    parts = [Part("Căn cứ", lines=(text,), items=("<b>một</b>",))]
    return made(subject, parts, words_of("vi"), key="k" * 32, label=Label.RESTRICTED, payload={})


def connect(host: str, port: int, timeout: float) -> socket.socket:
    return socket.create_connection((host, port), timeout)


def near(office: MailServer, **changes: object) -> SmtpServer:
    plain = SmtpServer(host="127.0.0.1", port=office.port, sender=SENDER, security="off", timeout=5.0)
    return replace(plain, **changes)  # type: ignore[arg-type]


def sent(office: MailServer, one: Message | None = None, **changes: object) -> tuple[str, ...]:
    return send(one or message(), to=TO, server=near(office, **changes), connect=connect, at=AT)


@pytest.fixture
def office() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    return certificate(tmp_path_factory.mktemp("tls"))


def test_a_message_arrives_as_text_and_html_with_an_id_made_from_its_key(office: MailServer) -> None:
    assert sent(office) == ()
    (mail,) = office.mails
    assert (mail.to, mail.sender) == (list(TO), "vedette@mfa.example")
    assert mail.message["Subject"] == "Cảnh báo: Trung Quốc và Việt Nam"
    assert mail.message["Message-ID"] == f"<{'k' * 32}@mfa.example>"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["X-Vedette-Label"] == "restricted"
    assert "Bảy bài." in mail.text
    assert "- <b>một</b>" in mail.text
    assert "&lt;b&gt;một&lt;/b&gt;" in mail.html
    assert mail.raw.isascii()


@pytest.mark.parametrize("evil", [
    "Rig\r\nBcc: all@evil.example", "Rig\nX-Evil: yes", "Rig\r\n\r\nA body of its own",
    "Rig\x00\x0b\x85\u2028Bcc: a@b.c", "\udcff lone", "\u202eevil",
])  # fmt: skip
def test_no_title_can_end_a_header(office: MailServer, evil: str) -> None:
    # Past the composer as well: whoever makes a message badly cannot break its carrier.
    sent(office, replace(message(), subject=evil))
    sent(office, message(evil))
    for mail in office.mails:
        assert mail.to == list(TO)
        assert mail.message["Bcc"] is None
        assert mail.message["X-Evil"] is None
        assert mail.message["Subject"] == one_line(evil)
        assert "Bảy bài." in mail.text


@pytest.mark.parametrize("odd", [
    "a@b.example\nBcc: x@y.z", "desk", "@x.example", "a b@c.example", "<a@b.c>", "a@b.c;d@e.f", "", " , ", "ä@b.c",
    "a@-b c",
])  # fmt: skip
def test_what_is_no_address_is_refused(odd: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        addresses(odd)


def test_addresses_are_separated_by_commas() -> None:
    assert addresses(" desk@mfa.example, o'brien+x@sub.mfa.example ") == (
        "desk@mfa.example",
        "o'brien+x@sub.mfa.example",
    )


def test_a_sender_that_is_none_is_refused(office: MailServer) -> None:
    with pytest.raises(RefusedError, match="no e-mail address"):
        sent(office, sender="nobody")
    assert letter(message(), sender="V\nBcc: x@y.z <a@b.c>", to=TO, at=AT)["Bcc"] is None
    assert office.mails == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # TLS from the first byte counts as none there
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_over_encryption_with_a_login(tls: tuple[Path, ssl.SSLContext], security: str) -> None:
    ca_file, context = tls
    with mail_server(context=context, tls=security, password="s3cret") as office:
        login = {"security": security, "host": "localhost", "ca_file": str(ca_file), "user": "vedette"}
        sent(office, password="s3cret", **login)
        assert len(office.mails) == 1
        assert office.logins[-1] == ("vedette", "s3cret")
        with pytest.raises(NotSentError, match="refuses the login") as told:
            sent(office, password="wr0ng", **login)
        assert "wr0ng" not in str(told.value)
        assert len(office.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_nobody_is_not_believed(tls: tuple[Path, ssl.SSLContext], security: str) -> None:
    with mail_server(context=tls[1], tls=security) as office:
        with pytest.raises(NotSentError, match=r"(?i)certificate"):
            sent(office, security=security, host="localhost")
        assert office.mails == []


def test_nothing_leaves_in_the_clear_where_encryption_is_wanted(office: MailServer) -> None:
    with pytest.raises(NotSentError, match="offers no encryption"):
        sent(office, security="starttls")
    assert office.mails == []


@pytest.mark.parametrize(("word", "answer", "error"), [
    ("MAIL", "451 later", NotSentError), ("MAIL", "550 never", NotSentError), ("RCPT", "450 greylisted", NotSentError),
    ("RCPT", "550 unknown", RefusedError), ("DATA", "451 busy", NotSentError), ("DATA", "554 spam", RefusedError),
])  # fmt: skip
def test_a_refusal_for_now_or_for_good(office: MailServer, word: str, answer: str, error: type[Exception]) -> None:
    office.answers[word] = lambda _: answer
    with pytest.raises(error, match=answer.split()[1]):
        sent(office)
    assert office.mails == []


def test_who_is_not_taken_is_told_and_the_others_get_it(office: MailServer) -> None:
    office.answers["RCPT"] = lambda who: "550 unknown" if "chief" in who else "250 OK"
    (missed,) = sent(office)
    assert missed == "chief@mfa.example: 550 unknown"
    assert [mail.to for mail in office.mails] == [["desk@mfa.example"]]


def test_a_server_that_takes_it_and_says_nothing_leaves_it_uncertain(office: MailServer) -> None:
    office.hang.set()
    with pytest.raises(UncertainError, match="handed over"):
        sent(office, timeout=0.5)
    assert len(office.mails) == 1


def test_a_server_that_is_not_there_or_never_speaks_surely_took_nothing() -> None:
    server = SmtpServer(host="127.0.0.1", port=free_port(), sender=SENDER, security="off", timeout=0.5)
    with pytest.raises(NotSentError, match="cannot be reached"):
        send(message(), to=TO, server=server, connect=connect, at=AT)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NotSentError, match="cannot be reached"):
            send(message(), to=TO, server=replace(server, port=port), connect=connect, at=AT)
    with pytest.raises(NotSentError, match="no mail server"):
        send(message(), to=TO, server=replace(server, host=""), connect=connect, at=AT)


def test_a_server_that_drips_is_cut_off_in_time() -> None:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            peer, _ = listening.accept()
            with peer:
                peer.sendall(b"220 hello\r\n")
                try:
                    while not stop.wait(0.2):
                        peer.sendall(b"250-more\r\n")
                except OSError:
                    pass

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        server = SmtpServer(host="127.0.0.1", port=listening.getsockname()[1], sender=SENDER, security="off",
                            timeout=0.5)  # fmt: skip
        with pytest.raises(NotSentError):
            send(message(), to=TO, server=server, connect=connect, at=AT)
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


def test_a_server_that_repeats_the_password_does_not_get_it_into_the_reason(office: MailServer) -> None:
    office.answers["MAIL"] = lambda _: "550 go away, hunter2"
    with pytest.raises(NotSentError) as told:
        sent(office, password="hunter2")
    assert "hunter2" not in str(told.value)
    assert "hunter2" not in repr(near(office, password="hunter2"))
