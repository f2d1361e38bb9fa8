"""Addresses in one spelling."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dedup import canonical_url


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:8080/a#part", "http://example.org:8080/a"),
        ("https://example.org/a?utm_source=x&b=2&a=1&fbclid=zz", "https://example.org/a?a=1&b=2"),
        ("https://example.org/a?id=1&UTM_Medium=rss", "https://example.org/a?id=1"),
        ("https://user:secret@example.org/a", "https://example.org/a"),
        (" https://example.org/a b\n", "https://example.org/a%20b"),
        ("https://example.org/tin/Hà-Nội", "https://example.org/tin/H%C3%A0-N%E1%BB%99i"),
        ("https://example.org/t%C3%AAn", "https://example.org/t%C3%AAn"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://example.org./x", "https://example.org/x"),
        ("http://[2001:DB8::1]:80/x", "http://[2001:db8::1]/x"),
        ("https://example.org/?q=a+b&empty", "https://example.org/?empty&q=a+b"),
    ],
)
def test_one_spelling(written: str, canonical: str) -> None:
    assert canonical_url(written) == canonical


@pytest.mark.parametrize(
    "written",
    [
        "",
        "javascript:alert(1)",
        " java\nscript:alert(1)",
        "\u200bjavascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org/",
        "/a/b",
        "example.org/a",
        "http://",
        "http://[::1",
        "http://a:99999/",
        "mailto:a@b.example",
        "http:///x",
        "http://a b/",
    ],
)
def test_no_web_address(written: str) -> None:
    assert canonical_url(written) is None


urls = st.builds(
    "{}://{}{}{}{}".format,
    st.sampled_from(["http", "HTTPS", "https"]),
    st.text(alphabet="abcXYZ019.-äđ:@[]", min_size=1, max_size=20),
    st.text(max_size=20).map(lambda s: "/" + s),
    st.text(max_size=20).map(lambda s: "?" + s),
    st.text(max_size=5).map(lambda s: "#" + s),
)


@given(url=urls | st.text(max_size=60))
def test_twice_is_once(url: str) -> None:
    once = canonical_url(url)
    if once is not None:
        assert canonical_url(once) == once
        assert once.isascii()
        assert " " not in once
        assert urlsplit(once).scheme in {"http", "https"}
