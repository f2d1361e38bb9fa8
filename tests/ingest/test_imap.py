"""An IMAP mailbox: against a real server where Dovecot is installed, and against one that lies, hangs and floods."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.document import Document
from domain.errors import BlockedError, ConfigError, FetchError
from domain.protocols import Reading, ReadOptions
from domain.source import Failure, Stage
from ingest.imap import read_mailbox
from ingest.imap_settings import ImapSettings, MailboxState, folder_name, mailbox_settings, password_of, state_of
from tests.fakes import dovecot, imap_script
from tests.fakes.imap_script import Mailbox, Visit, body_of

READ_AT = datetime(2024, 6, 1, tzinfo=UTC)
OPTIONS = ReadOptions(read_at=READ_AT, archive=False, source="Desk")
PASSWORD = "geheim-Ω-17"


def letter(number: int, *, text: str = "", mark: bool = True) -> bytes:
    name = f"Message-ID: <n{number}@ministry.example>\n" if mark else ""
    return (
        f"From: Desk <desk@ministry.example>\nTo: envoy@ministry.example\nSubject: Paper {number}\n"
        f"Date: Mon, 05 May 2014 10:00:00 +0700\n{name}Content-Type: text/plain; charset=utf-8\n\n"
        f"{text or f'The text of paper {number}.'}\n"
    ).encode()


def read(
    settings: ImapSettings, *, state: MailboxState | None = None, password: str = PASSWORD
) -> tuple[list[Document | Failure], list[MailboxState]]:
    items: list[Document | Failure] = []
    states: list[MailboxState] = []
    for one in read_mailbox(settings, password=password, state=state, options=OPTIONS):
        if isinstance(one, MailboxState):
            states.append(one)
        else:
            assert isinstance(one.item, Document | Failure)
            items.append(one.item)
    return items, states


def titles(items: list[Document | Failure]) -> list[str]:
    assert all(isinstance(one, Document) for one in items), items
    return [one.title for one in items if isinstance(one, Document)]


# --- a real server

installed = pytest.mark.skipif(dovecot.PROGRAM is None, reason="Dovecot is not installed (Debian: dovecot-imapd)")


@pytest.fixture(scope="module")
def server() -> Iterator[dovecot.Server]:
    with dovecot.serving() as running:
        yield running


@pytest.fixture
def folder(server: dovecot.Server, request: pytest.FixtureRequest) -> str:
    """A folder of the test's own, with three papers."""
    name = "".join(c for c in request.node.name if c.isalnum())[:60]
    for number in (1, 2, 3):
        server.deliver(letter(number), folder=name)
    return name


def at(server: dovecot.Server, folder: str, **values: Any) -> ImapSettings:
    made = ImapSettings(host="localhost", user=dovecot.USER, port=server.tls_port, folder=folder,
                        allow_hosts=("localhost",), ca_file=server.certificate)  # fmt: skip
    return replace(made, **values)


def look(settings: ImapSettings, state: MailboxState | None = None) -> tuple[list[str], MailboxState]:
    items, states = read(settings, state=state, password=dovecot.PASSWORD)
    return titles(items), states[-1]


@installed
@pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
def test_new_messages_are_read_once(server: dovecot.Server, folder: str, security: str) -> None:
    port = server.tls_port if security == "tls" else server.port
    settings = at(server, folder, security=security, port=port, plain_hosts=("localhost",))
    first, state = look(settings)
    assert first == ["Paper 1", "Paper 2", "Paper 3"]
    assert look(settings, state) == ([], state)
    server.deliver(letter(4), folder=folder)
    kept = state_of(json.loads(json.dumps(state.plain())))
    assert kept == replace(state, more=False)
    assert look(settings, kept)[0] == ["Paper 4"]


@installed
def test_a_letter_is_a_document_with_its_attachments(server: dovecot.Server) -> None:
    inside = base64.b64encode("Phụ lục của biên bản".encode()).decode()
    server.deliver(
        b"From: a@ministry.example\nSubject: =?utf-8?B?QmnDqm4gYuG6o24=?=\nMessage-ID: <m1@ministry.example>\n"
        b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/plain\n\n"
        b"See the annex.\n"
        b"--B\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n"
        b'Content-Disposition: attachment; filename="annex.txt"\n\n' + inside.encode() + b"\n--B--\n",
        folder="Letters",
    )
    items, _ = read(at(server, "Letters"), password=dovecot.PASSWORD)
    mail, annex = items
    assert isinstance(mail, Document)
    assert isinstance(annex, Document)
    assert (mail.title, mail.source, mail.external_id) == ("Biên bản", "Desk", "m1@ministry.example")
    assert (mail.known, mail.known_basis) == (READ_AT, "fetched")
    assert mail.item.startswith(f"imaps://desk%40ministry.example@localhost:{server.tls_port}/Letters;UIDVALIDITY=")
    assert mail.item.endswith(";UID=1")
    assert (annex.text, annex.meta["parent"]) == ("Phụ lục của biên bản", "m1@ministry.example")


@installed
def test_nothing_in_the_mailbox_is_changed(server: dovecot.Server, folder: str) -> None:
    look(at(server, folder))
    assert server.untouched(folder) == 3


@installed
def test_a_stop_between_batches_loses_and_doubles_nothing(server: dovecot.Server, folder: str) -> None:
    for number in range(4, 12):
        server.deliver(letter(number), folder=folder)
    settings = at(server, folder, batch=3)
    state, seen, visits = None, [], 0
    while visits < 10:
        visits += 1
        got = []
        for one in read_mailbox(settings, password=dovecot.PASSWORD, state=state, options=OPTIONS):
            if isinstance(one, MailboxState):
                state = one
                break  # everything before the state is kept, everything after it is lost
            got.append(one.item)
        if not got:
            break
        seen += [one.title for one in got if isinstance(one, Document)]
    assert seen == [f"Paper {number}" for number in range(1, 12)]


@installed
def test_a_session_takes_so_many_messages_and_says_that_there_are_more(server: dovecot.Server, folder: str) -> None:
    settings = at(server, folder, messages=2)
    first, state = look(settings)
    assert (first, state.more) == (["Paper 1", "Paper 2"], True)
    rest, state = look(settings, state)
    assert (rest, state.more) == (["Paper 3"], False)


@installed
def test_a_folder_that_was_made_anew_is_read_anew(server: dovecot.Server, folder: str) -> None:
    settings = at(server, folder)
    _, state = look(settings)
    other = replace(state, uidvalidity=state.uidvalidity + 1)
    assert look(settings, other) == (["Paper 1", "Paper 2", "Paper 3"], state)
    assert look(settings, replace(state, folder="INBOX"))[0] == ["Paper 1", "Paper 2", "Paper 3"]
    back = replace(state, uid=state.uid + 40)
    assert look(settings, back)[0] == ["Paper 1", "Paper 2", "Paper 3"], "its numbers went back: a restored server"


@installed
def test_folders_in_any_script(server: dovecot.Server) -> None:
    name = 'Thư & "đến" 北京'
    server.deliver(letter(1), folder=folder_name(name))
    assert look(at(server, name))[0] == ["Paper 1"]


@installed
def test_messages_before_a_day_are_left_alone(server: dovecot.Server, folder: str) -> None:
    assert look(at(server, folder, since=date(2000, 1, 1)))[0] == ["Paper 1", "Paper 2", "Paper 3"]
    assert look(at(server, folder, since=date(2199, 12, 31)))[0] == []


@installed
def test_a_message_that_is_too_large_is_named_and_passed(server: dovecot.Server) -> None:
    for number, size in ((1, 10), (2, 50_000), (3, 10)):
        server.deliver(letter(number, text="x" * size), folder="Sizes")
    items, states = read(at(server, "Sizes", max_message=20_000), password=dovecot.PASSWORD)
    assert [type(one).__name__ for one in items] == ["Document", "Failure", "Document"]
    failure = items[1]
    assert isinstance(failure, Failure)
    assert failure.stage == Stage.FETCH
    assert failure.item.endswith(";UID=2")
    assert "larger than 20,000" in failure.error
    assert states[-1].uid == 3


@installed
def test_the_certificate_must_be_trusted_and_of_the_host(server: dovecot.Server) -> None:
    with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
        look(at(server, "INBOX", ca_file=None))
    with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
        look(at(server, "INBOX", host="127.0.0.1", allow_hosts=("127.0.0.1",)))
    with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
        look(at(server, "INBOX", ca_file=None, security="starttls", port=server.port))


@installed
def test_a_refused_login_and_a_missing_folder_are_told(server: dovecot.Server) -> None:
    with pytest.raises(FetchError, match=r"(?i)authentication failed") as refused:
        read(at(server, "INBOX"), password="wrong-horse")
    assert "wrong-horse" not in str(refused.value)
    with pytest.raises(FetchError, match="'Nowhere' cannot be opened"):
        look(at(server, "Nowhere"))


@installed
def test_a_name_on_a_closed_network_is_refused(server: dovecot.Server) -> None:
    with pytest.raises(BlockedError, match="no public address"):
        look(at(server, "INBOX", allow_hosts=()))


# --- a server that is not to be trusted


def near(box: Mailbox, **values: Any) -> ImapSettings:
    made = ImapSettings(host="127.0.0.1", user="desk", port=box.port, security="plain", plain_hosts=("127.0.0.1",),
                        allow_hosts=("127.0.0.1",), timeout=1.0)  # fmt: skip
    return replace(made, **values)


SOME = {4: letter(4), 9: letter(9), 12: letter(12)}


def test_the_scripted_server_is_a_good_one_when_it_is_let() -> None:
    with imap_script.serving(SOME) as box:
        items, states = read(near(box))
    assert titles(items) == ["Paper 4", "Paper 9", "Paper 12"]
    assert states[-1] == MailboxState(7, 12, "INBOX")
    assert any(line.endswith('EXAMINE "INBOX"') for line in box.heard)
    assert not any("SELECT" in line or "STORE" in line or "BODY[" in line for line in box.heard)


def _hang(visit: Visit, tag: str, word: str) -> None:
    visit.hang()


def _drip(visit: Visit, tag: str, word: str) -> None:
    while not visit.closing.wait(0.1):
        visit.send(b"x")


def _flood(piece: bytes) -> Callable[[Visit, str, str], None]:
    def flood(visit: Visit, tag: str, word: str) -> None:
        while not visit.closing.is_set():
            visit.send(piece)

    return flood


def _half(visit: Visit, tag: str, word: str) -> None:
    visit.send(body_of(4, letter(4)[:20], size=len(letter(4))).removesuffix(b")\r\n"))
    visit.connection.shutdown(socket.SHUT_RDWR)


def _half_and_hang(visit: Visit, tag: str, word: str) -> None:
    visit.send(b"* 4 FETCH (UID 4 BODY[]<0> {500}\r\nFrom:")
    visit.hang()


HOSTILE: dict[str, tuple[str, Any, type[FetchError], str]] = {
    "no greeting": ("greeting", _hang, FetchError, "no answer within 1 seconds"),
    "a greeting that never ends": ("greeting", _drip, FetchError, "no answer within 1 seconds"),
    "an endless greeting": ("greeting", _flood(b"x" * 65536), BlockedError, "more than was asked for"),
    "another protocol": ("greeting", b"HTTP/1.1 200 OK\r\n\r\n", FetchError, "unexpected response"),
    "binary": ("greeting", b"\x00\xff\xfe\r\n", FetchError, "unexpected response"),
    "busy": ("greeting", b"* BYE too many connections\r\n", FetchError, "too many connections"),
    "somebody else's": ("greeting", b"* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n", FetchError, "without a login"),
    "no answer to the login": ("AUTHENTICATE", _hang, FetchError, "no answer"),
    "endless remarks": (
        "EXAMINE",
        _flood(b"* OK " + b"still alive " * 900 + b"\r\n"),
        BlockedError,
        "more than was asked for",
    ),
    "endless challenges": (
        "AUTHENTICATE",
        _flood(b"* OK " + b"wait " * 2000 + b"\r\n"),
        BlockedError,
        "more than was asked for",
    ),
    "no numbers": ("EXAMINE", b"* 3 EXISTS\r\nTAG OK [READ-ONLY] done\r\n", FetchError, "no UIDVALIDITY"),
    "no folder": ("EXAMINE", b"TAG NO there is none\r\n", FetchError, "cannot be opened"),
    "no search": ("SEARCH", b"TAG NO not now\r\n", FetchError, "search is refused"),
    "an endless list": ("SEARCH", _flood(b"1 " * 30_000), BlockedError, "a line of more than|more than was asked"),
    "a huge size at once": ("SEARCH", b"* SEARCH {9999999999999}\r\n", BlockedError, "bytes at once"),
    "no sizes": ("SIZE", b"TAG NO no\r\n", FetchError, "sizes of messages are refused"),
    "a huge message": ("BODY", b"* 4 FETCH (UID 4 BODY[]<0> {99999999999}\r\n", BlockedError, "bytes at once"),
    "an end within a message": ("BODY", _half, FetchError, "ended within a message|reset by peer"),
    "silence within a message": ("BODY", _half_and_hang, FetchError, "no answer"),
    "good-bye": ("BODY", b"* BYE maintenance\r\n", FetchError, "maintenance"),
    "another's tag": ("SEARCH", b"zzz9 OK done\r\n", FetchError, "unexpected"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_the_server_does_the_visit_ends(name: str) -> None:
    word, answer, error, reason = HOSTILE[name]
    started = time.monotonic()
    with imap_script.serving(SOME, answers={word: answer}) as box, pytest.raises(error, match=reason) as told:
        read(near(box))
    assert time.monotonic() - started < 15
    assert told.value.item == f"imap://desk@127.0.0.1:{box.port}/INBOX"
    assert told.value.stage == Stage.FETCH
    assert len(told.value.reason) <= 300


@pytest.mark.parametrize("form", ["plain", "base64", "quoted"])
def test_a_password_that_is_sent_back_is_not_told(form: str) -> None:
    password = 'pa"ss\\wörd'
    forms = {"plain": password, "base64": base64.b64encode(f"\0desk\0{password}".encode()).decode(),
             "quoted": '"pa\\"ss\\\\wörd"'}  # fmt: skip
    echo = {"EXAMINE": f"TAG NO you said {forms[form]}\r\n".encode(), "SEARCH": f"? {forms[form]}\r\n".encode()}
    for word in ("EXAMINE", "SEARCH"):
        with imap_script.serving(SOME, answers={word: echo[word]}) as box, pytest.raises(FetchError) as told:
            read(near(box), password=password)
        assert "***" in str(told.value)
        assert not any(secret in str(told.value) for secret in (password, "wörd", "w\\xc3", forms["base64"]))
        assert told.value.__cause__ is None


def test_login_where_plain_is_not_offered() -> None:
    with imap_script.serving(SOME, capabilities="IMAP4rev1") as box:
        items, _ = read(near(box), password='a "b\\c')
        assert len(items) == 3
        assert any(line.endswith('LOGIN "desk" "a \\"b\\\\c"') for line in box.heard)
        with pytest.raises(FetchError, match="beyond ASCII"):
            read(near(box), password="ö")
    with (
        imap_script.serving(SOME, capabilities="IMAP4rev1 LOGINDISABLED") as box,
        pytest.raises(FetchError, match="no login with a password"),
    ):
        read(near(box))


def test_no_password_goes_unencrypted_unless_the_host_is_named() -> None:
    with imap_script.serving(SOME) as box:
        with pytest.raises(BlockedError, match="unencrypted"):
            read(near(box, plain_hosts=("elsewhere.example",)))
        assert box.visits == 0
        with pytest.raises(FetchError, match="no STARTTLS"):
            read(near(box, security="starttls"))
    assert not any("AUTHENTICATE" in line or "LOGIN" in line for line in box.heard)


def test_what_is_slipped_in_before_the_encryption_is_refused() -> None:
    slipped = b"TAG OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"
    with (
        imap_script.serving(SOME, capabilities="IMAP4rev1 STARTTLS", answers={"STARTTLS": slipped}) as box,
        pytest.raises(FetchError, match="between STARTTLS"),
    ):
        read(near(box, security="starttls"))
    assert not any("AUTHENTICATE" in line for line in box.heard)


def test_a_server_that_lies_about_sizes() -> None:
    small = b"* 4 FETCH (UID 4 RFC822.SIZE 3)\r\n* 9 FETCH (UID 9 RFC822.SIZE 99999999999)\r\nTAG OK done\r\n"
    messages = {4: letter(4, text="x" * 5000), 9: letter(9)}
    with imap_script.serving(messages, answers={"SIZE": small}) as box:
        items, states = read(near(box, max_message=3000))
    assert [one.error for one in items if isinstance(one, Failure)] == [
        "message of 3,001 bytes is larger than 3,000 (max_message)",
        "message of 99,999,999,999 bytes is larger than 3,000 (max_message)",
    ]
    assert states[-1].uid == 9


def test_messages_that_were_not_asked_for_are_left_out() -> None:
    def other(visit: Visit, tag: str, word: str) -> None:
        visit.send(
            body_of(4, letter(4)) + body_of(77, letter(77)) + b"* 4 FETCH (FLAGS (\\Deleted))\r\n* 1 EXPUNGE\r\n"
        )
        visit.say(tag)

    with imap_script.serving(SOME, answers={"BODY": other}) as box:
        items, states = read(near(box))
    assert titles(items) == ["Paper 4"], "the others were removed meanwhile"
    assert states[-1].uid == 12


def test_a_message_that_the_server_refuses_does_not_take_the_others_with_it() -> None:
    for refusal in (b"TAG NO broken\r\n", b"TAG BAD broken\r\n"):

        def refuse(visit: Visit, tag: str, word: str, refusal: bytes = refusal) -> None:
            wanted = visit.box.heard[-1].split()[3]
            if "9" in wanted:
                visit.send(refusal.replace(b"TAG", tag.encode()))
            else:
                visit.send(body_of(int(wanted), visit.box.messages[int(wanted)]))
                visit.say(tag)

        with imap_script.serving(SOME, answers={"BODY": refuse}) as box:
            items, states = read(near(box))
        assert [one.title if isinstance(one, Document) else one.error for one in items] == [
            "Paper 4", "the server refuses to give the message", "Paper 12",
        ]  # fmt: skip
        assert states[-1].uid == 12


def test_messages_as_quoted_strings_as_nothing_and_with_the_number_behind() -> None:
    def odd(visit: Visit, tag: str, word: str) -> None:
        visit.send(b'* 1 FETCH (UID 4 BODY[]<0> "Subject: Short\\"")\r\n* 2 FETCH (BODY[]<0> NIL UID 9)\r\n')
        visit.send(b"* 3 FETCH (BODY[]<0> {%d}\r\n%b UID 12)\r\n" % (len(letter(12)), letter(12)))
        visit.say(tag)

    with imap_script.serving(SOME, answers={"BODY": odd}) as box:
        items, _ = read(near(box))
    assert [one.title if isinstance(one, Document) else one.error for one in items] == [
        'Short"',
        "is empty",
        "Paper 12",
    ]


def test_numbers_far_apart_and_no_next_number() -> None:
    far = {5: letter(1), 3_000_000: letter(2)}
    with imap_script.serving(far) as box:
        assert titles(read(near(box))[0]) == ["Paper 1", "Paper 2"]
        assert len([line for line in box.heard if "SEARCH" in line]) < 12
    with imap_script.serving(SOME, uidnext=0) as box:
        items, states = read(near(box))
        assert (len(items), states[-1].uid) == (3, 12)
        again, states = read(near(box), state=states[-1])
        assert (again, states[-1].uid) == ([], 12), "the newest message is not read again for want of a newer one"


def test_a_session_ends_in_time_and_goes_on_next_time() -> None:
    def slow(visit: Visit, tag: str, word: str) -> None:
        time.sleep(0.6)
        uid = int(visit.box.heard[-1].split()[3])
        visit.send(body_of(uid, visit.box.messages[uid]))
        visit.say(tag)

    with imap_script.serving(SOME, answers={"BODY": slow}) as box:
        first, states = read(near(box, batch=1, seconds=1.0, timeout=5.0))
        assert 1 <= len(first) < 3
        assert states[-1].more
        rest, states = read(near(box, batch=1), state=states[-1])
    assert titles(first + rest) == ["Paper 4", "Paper 9", "Paper 12"]
    assert not states[-1].more


def test_a_reader_that_stops_early_says_good_bye() -> None:
    with imap_script.serving(SOME) as box:
        visit = read_mailbox(near(box), password=PASSWORD, state=None, options=OPTIONS)
        assert isinstance(next(visit), Reading)
        visit.close()  # type: ignore[attr-defined]
        assert box.heard[-1].endswith("LOGOUT")


def test_thousands_of_messages_come_in_few_exchanges() -> None:
    many = {number: letter(number) for number in range(1, 501)}
    with imap_script.serving(many) as box:
        items, states = read(near(box, timeout=20.0))
    assert len(titles(items)) == 500
    assert len(box.heard) < 40
    assert [state.uid for state in states] == [*range(50, 501, 50), 500]


# --- settings


def test_a_mailbox_by_its_address() -> None:
    made = mailbox_settings("imaps://desk%40ministry.example@mail.example:1993/Th%C6%B0", {"timeout": 5})
    assert (made.host, made.user, made.port, made.folder) == ("mail.example", "desk@ministry.example", 1993, "Thư")
    assert (made.security, made.timeout) == ("tls", 5.0)
    assert mailbox_settings(made.address, {"timeout": 5}) == made
    assert mailbox_settings("imap://desk@mail.example").security == "starttls"
    assert mailbox_settings("imaps://desk@mail.example", {"folder": "Sent"}).folder == "Sent"
    plain = mailbox_settings("imap://d@mail.example", {"security": "plain", "plain_hosts": ["MAIL.example."]})
    assert plain.security == "plain"
    assert mailbox_settings("imaps://d@x.example", {"since": "2024-01-31"}).since == date(2024, 1, 31)


@pytest.mark.parametrize(
    ("address", "settings", "reason"),
    [
        ("https://desk@mail.example/", {}, "no address of a mailbox"),
        ("imaps://mail.example/", {}, "no address of a mailbox"),
        ("imaps://desk@mail.example:99999/", {}, "no address of a mailbox"),
        ("imaps://desk:hush@mail.example/", {}, "never kept here"),
        ("imaps://desk@mail.example/", {"password": "hush"}, "never kept here"),
        ("imaps://desk@mail.example/", {"pasword_env": "X"}, "unknown setting 'pasword_env'"),
        ("imaps://desk@mail.example/", {"security": "plain"}, "security is tls"),
        ("imap://desk@mail.example/", {"security": "plain"}, "unencrypted"),
        ("imap://desk@mail.example/", {"security": "tls"}, "security is tls"),
        ("imaps://desk@mail.example/a%0d%0ab", {}, "control characters"),
        ("imaps://desk%0a@mail.example/", {}, "control characters"),
        ("imaps://desk@mail.example/", {"batch": 0}, "batch must be"),
        ("imaps://desk@mail.example/", {"timeout": True}, "timeout must be"),
        ("imaps://desk@mail.example/", {"since": "soon"}, "since must be a day"),
        ("imaps://desk@mail.example/", {"allow_hosts": "x"}, "allow_hosts must be a list"),
    ],
)
def test_settings_that_cannot_be_are_refused(address: str, settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError) as refused:
        mailbox_settings(address, settings)
    assert reason in refused.value.reason
    assert "hush" not in str(refused.value)


def test_where_the_password_is(tmp_path: Path) -> None:
    settings = ImapSettings(host="mail.example", user="desk")
    (tmp_path / "secret").write_text("từ tệp\r\n", "utf-8")
    assert password_of(replace(settings, password_env="MAIL"), environ={"MAIL": "from there"}) == "from there"
    assert password_of(replace(settings, password_file=str(tmp_path / "secret")), environ={}) == "từ tệp"
    for broken, reason in [
        (settings, "names no place"),
        (replace(settings, password_env="MAIL"), "variable MAIL"),
        (replace(settings, password_file=str(tmp_path / "none")), "No such file"),
    ]:
        with pytest.raises(ConfigError, match=reason):
            password_of(broken, environ={})
    with pytest.raises(ConfigError, match="no usable password") as refused:
        password_of(replace(settings, password_env="MAIL"), environ={"MAIL": "a\r\nb LOGOUT"})
    assert "LOGOUT" not in str(refused.value)


@pytest.mark.parametrize(
    "kept",
    [None, {}, {"uidvalidity": "7", "uid": 1, "folder": "x"}, {"uidvalidity": 7, "uid": -1, "folder": "x"},
     {"uidvalidity": 7, "uid": 2**40, "folder": "x"}, {"uidvalidity": 7, "uid": 1}, [], 5],
)  # fmt: skip
def test_a_state_that_is_none_means_from_the_beginning(kept: Any) -> None:
    assert state_of(kept) is None


@pytest.mark.parametrize(
    ("name", "written"),
    [("INBOX", "INBOX"), ("a&b", "a&-b"), ("Entwürfe", "Entw&APw-rfe"), ("台北", "&U,BTFw-"),
     ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-")],
)  # fmt: skip
def test_folder_names_as_imap_writes_them(name: str, written: str) -> None:
    assert folder_name(name) == written


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30))
def test_folder_names_can_be_read_back(name: str) -> None:
    out = ""
    for index, piece in enumerate(folder_name(name).split("&")):
        coded, dash, rest = piece.partition("-") if index else ("", "", piece)
        if index:
            assert dash
            raw = coded.replace(",", "/") + "=" * (-len(coded) % 4)
            out += base64.b64decode(raw).decode("utf-16-be") if coded else "&"
        out += rest
    assert out == name
