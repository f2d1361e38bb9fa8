# ruff: noqa: E501
"""Markup that is kept: what reading needs stays, nothing runs in a browser, nothing is fetched by it."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.document import Document
from domain.protocols import ReadOptions
from ingest.documents import make_document
from ingest.sanitize import LIMIT, harmless, worth_keeping

# Each calls x() where it runs: of our own writing, after what browsers are known to do with odd markup.
VECTORS = [
    # scripts, and what looks unlike one
    "<script>x()</script>",
    "<SCRIPT>x()</SCRIPT >",
    "<script\n>x()</script\n>",
    "<script/x>x()</script>",
    "<script src=data:,x()></script>",
    "<script type=module>x()</script>",
    "<scr<script>ipt>x()</scr</script>ipt>",
    "<<script>x()//<</script>",
    "<script>/*<!--*/x()//--></script>",
    "<p><script>x()</p>",
    "<svg><script>x()</script></svg>",
    "<svg><script href=data:,x() /></svg>",
    "<svg><script>&#120;&#40;&#41;</script></svg>",
    "<math><script>x()</script></math>",
    "\x00<script>x()</script>",
    "<s\x00cript>x()</script>",
    "<script>x()</script\x00>",
    "<noscript><p title='</noscript><script>x()</script>'>",
    "<template><script>x()</script></template><script>x()</script>",
    # events
    "<img src=x: onerror=x()>",
    "<img src=x: onerror='x()'",
    "<img/src=x:/onerror=x()>",
    "<img src=x:\nonerror\n=\nx()>",
    "<img src=x:\x0conerror=x()>",
    "<IMG SRC=x: ONERROR=x()>",
    "<img src=x: onerror=&#120;&#40;&#41;>",
    "<img src='x:\"' onerror='x()'>",
    "<img src=`x:` onerror=x()>",
    "<image src=x: onerror=x()>",
    "<img src=x: onerror=x()//",
    "<svg onload=x()>",
    "<svg/onload=x()>",
    "<body onload=x()>",
    "<body onpageshow=x()>",
    "<iframe onload=x()></iframe>",
    "<details open ontoggle=x()>t</details>",
    "<input autofocus onfocus=x()>",
    "<select autofocus onfocus=x()></select>",
    "<textarea autofocus onfocus=x()></textarea>",
    "<p onmouseover=x()>t</p>",
    "<p onclick=x() tabindex=1>t</p>",
    "<a href=https://a.example/ onclick=x()>t</a>",
    "<b onpointerenter=x()>t</b>",
    "<td onmouseover=x()>t</td>",
    "<table><tr><td onclick=x()>t</table>",
    "<video><source onerror=x()></video>",
    "<video src=x: onerror=x()></video>",
    "<audio src=x: onerror=x()></audio>",
    "<object data=x: onerror=x()></object>",
    "<marquee onstart=x()>t</marquee>",
    "<style onload=x()></style>",
    "<link rel=stylesheet href=data:text/css, onload=x()>",
    "<svg><animate onbegin=x() attributeName=x dur=1s>",
    "<svg><image href=x: onerror=x()>",
    "<style>@keyframes k{}</style><p style=animation-name:k onanimationstart=x()>t</p>",
    "<p style='transition:color 1s' ontransitionend=x()>t</p>",
    "<button onclick=x() autofocus>t</button>",
    "<form><button formaction=javascript:x()>t</button></form>",
    "<form action=javascript:x()><input type=submit></form>",
    "<dialog open oncancel=x() onclick=x()>t</dialog>",
    "<p onbeforetoggle=x() popover id=q>t</p><button popovertarget=q onclick=x()>t</button>",
    # addresses
    "<a href=javascript:x()>t</a>",
    "<a href='javascript:x()'>t</a>",
    "<a href=' javascript:x()'>t</a>",
    "<a href='\tjava\nscript\r:x()'>t</a>",
    "<a href='\x01javascript:x()'>t</a>",
    "<a href='\u00a0javascript:x()'>t</a>",
    "<a href='\u200bjavascript:x()'>t</a>",
    "<a href='java\x00script:x()'>t</a>",
    "<a href=JaVaScRiPt:x()>t</a>",
    "<a href='&#106;avascript:x()'>t</a>",
    "<a href='&#x6A&#x61vascript:x()'>t</a>",
    "<a href='java&Tab;script&colon;x()'>t</a>",
    "<a href='javascript&colon;x()'>t</a>",
    "<a href='javascript:&#10;x()'>t</a>",
    "<a href='javascript://a.example/%0ax()'>t</a>",
    "<a href='data:text/html,<script>opener.x()</script>'>t</a>",
    "<a href='vbscript:x()'>t</a>",
    "<a href='view-source:javascript:x()'>t</a>",
    "<a href='https:javascript:x()'>t</a>",
    "<a href='feed:javascript:x()'>t</a>",
    "<a href='blob:https://a.example/x'>t</a>",
    "<area href=javascript:x() shape=default>",
    "<svg><a href=javascript:x()><text>t</text></a></svg>",
    "<svg><a xlink:href=javascript:x()><text>t</text></a></svg>",
    "<svg><a><animate attributeName=href values=javascript:x() /><text>t</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=a onload=x() />#a'></svg>",
    "<math href=javascript:x()>t</math>",
    "<math><mtext><a href=javascript:x()>t</a></mtext></math>",
    "<iframe src=javascript:parent.x()></iframe>",
    "<iframe srcdoc='<script>parent.x()</script>'></iframe>",
    "<iframe srcdoc=&lt;script&gt;parent.x()&lt;/script&gt;></iframe>",
    "<iframe src='data:text/html,<script>parent.x()</script>'></iframe>",
    "<embed src=javascript:x()>",
    "<object data='data:text/html,<script>parent.x()</script>'></object>",
    "<base href=javascript:x()//><a href=#>t</a>",
    "<meta http-equiv=refresh content='0;url=javascript:x()'>",
    "<link rel=import href='data:text/html,<script>x()</script>'>",
    "<a ping=javascript:x() href=https://a.example/>t</a>",
    "<a target=_top href=javascript:x()>t</a>",
    "<blockquote cite=javascript:x()>t</blockquote>",
    "<a href='\\\\javascript:x()'>t</a>",
    # styles
    "<style>p{background:url(javascript:x())}</style><p>t</p>",
    "<p style='background:url(https://a.example/t.gif)'>t</p>",
    "<p style=\"width:expression(x())\">t</p>",
    "<style>@import 'https://a.example/x.css';</style>",
    "<link rel=stylesheet href=https://a.example/x.css>",
    # markup that another parser reads otherwise
    "<svg></p><style><a id=\"</style><img src=x: onerror=x()>\">",
    "<svg><style><img src=x: onerror=x()></style></svg>",
    "<math><style><img src=x: onerror=x()></style></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x: onerror=x()&gt;\">",
    "<math><mtext><mglyph><style><math><img src=x: onerror=x()></style></mglyph></mtext></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x: onerror=x()>",
    "<svg><p><style><g title=\"</style><img src=x: onerror=x()>\">",
    "<svg><foreignObject><p><style><!--</style><img src=x: onerror=x()>--></style>",
    "<svg><desc><template><p title='</template></desc><img src=x: onerror=x()>'>",
    "<noscript><style></noscript><img src=x: onerror=x()></style>",
    "<title><a title='</title><img src=x: onerror=x()>'>",
    "<textarea><p title='</textarea><img src=x: onerror=x()>'>",
    "<xmp><p title='</xmp><img src=x: onerror=x()>'></xmp>",
    "<noembed><p title='</noembed><img src=x: onerror=x()>'>",
    "<plaintext><img src=x: onerror=x()>",
    "<select><style></select><img src=x: onerror=x()></style>",
    "<table><caption><svg><style><img src=x: onerror=x()></style></caption></table>",
    "<table><td><form><td><style></form><img src=x: onerror=x()>",
    "<a><svg><a><style><img src=x: onerror=x()>",
    "<b><p><svg><b><style><img src=x: onerror=x()></style>",
    "<!--><img src=x: onerror=x()>-->",
    "<!--a--!><img src=x: onerror=x()>-->",
    "<!-- --\n><img src=x: onerror=x()>-->",
    "<!-<img src=x: onerror=x()>-->",
    "<![CDATA[<img src=x: onerror=x()>]]>",
    "<svg><![CDATA[><img src=x: onerror=x()>]]></svg>",
    "<?xml version='1.0'?><img src=x: onerror=x()>",
    "<?php echo '<img src=x: onerror=x()>' ?>",
    "<!DOCTYPE x [<!ENTITY e '<img src=x: onerror=x()>'>]>&e;",
    "</p/onload=x()><img src=x: onerror=x()>",
    "<p/title='>'><img src=x: onerror=x()>",
    "<p title='><img src=x: onerror=x()>",
    "<p title=\"a\"\"><img src=x: onerror=x()>\">",
    "<p =\"><img src=x: onerror=x()>\">",
    "<a href=\"https://a.example/\"onmouseover=\"x()\">t</a>",
    "<a href='https://a.example/&quot; onmouseover=&quot;x()'>t</a>",
    "<a href='https://a.example/\" onmouseover=\"x()'>t</a>",
    "<a href='https://a.example/`onmouseover=x()'>t</a>",
    "<td colspan='2\" onmouseover=\"x()'>t</td>",
    "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>x()</x:script>",
    "<html xmlns:xlink='http://www.w3.org/1999/xlink'><svg><a xlink:href='javascript:x()'>t</a></svg>",
    "<ns:img xmlns:ns='http://www.w3.org/1999/xhtml' src=x: onerror=x()>",
    "&lt;img src=x: onerror=x()&gt;",
    "&amp;lt;script&amp;gt;x()&amp;lt;/script&amp;gt;",
    "%3Cscript%3Ex()%3C/script%3E",
    "＜script＞x()＜/script＞",
    "<ſcript>x()</ſcript>",
    "<\u0130mg src=x: onerror=x()>",
    "<p id=x name=x><form name=alert><input name=x></form>t</p>",
    "<custom-element onclick=x()>t</custom-element>",
    "<template shadowrootmode=open><img src=x: onerror=x()></template>",
    "<p><template shadowrootmode=open><script>x()</script></template></p>",
    "<portal src=javascript:x()></portal>",
    "<frameset onload=x()><frame src=javascript:parent.x()></frameset>",
    "<applet code=x onerror=x()></applet>",
    "<isindex action=javascript:x() type=image>",
    "<keygen autofocus onfocus=x()>",
    "<img srcset='https://a.example/x.png 1x' src=https://a.example/t.gif>",
    "<picture><source srcset=https://a.example/x.png><img src=https://a.example/t.gif></picture>",
    "<video poster=https://a.example/x.png autoplay></video>",
    "<input type=image src=https://a.example/t.gif>",
    "<body background=https://a.example/t.gif>",
    "<table background=https://a.example/t.gif><td background=https://a.example/t.gif>t</table>",
    "<link rel=prefetch href=https://a.example/x>",
    "<link rel=dns-prefetch href=//a.example>",
    "<svg><feImage href=https://a.example/x.png /></svg>",
    "<pre>\n\n<svg><style>\n<img src=x: onerror=x()>",
    "<ol><li><p><table><li><img src=x: onerror=x()>",
    "<a href=https://a.example/><table><a href=javascript:x()>t</a></table></a>",
]  # fmt: skip


def test_there_are_vectors_enough() -> None:
    assert len(set(VECTORS)) >= 150


ALLOWED = re.compile(
    r"<(?:/?(?:abbr|article|b|blockquote|br|caption|cite|code|dd|del|dfn|div|dl|dt|em|figcaption|figure|h[1-6]|hr|i|ins|kbd|li"
    r"|mark|ol|p|pre|q|s|samp|section|small|strong|sub|sup|table|tbody|tfoot|thead|tr|u|ul|var)"
    r"|t[dh](?: colspan=\"\d{1,2}\")?(?: rowspan=\"\d{1,2}\")?(?: colspan=\"\d{1,2}\")?|/t[dh]"
    r"|a(?: href=\"(?:https?://|mailto:)[^\"<>]*\")? rel=\"noopener noreferrer nofollow\"|/a)>",
    re.IGNORECASE,
)


def only_allowed(markup: str) -> bool:
    return "<" not in ALLOWED.sub("", markup)


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_only_what_is_allowed_is_left_and_twice_is_once(vector: str) -> None:
    once = harmless(vector)
    assert only_allowed(once), once
    assert harmless(once) == once


TAGS = sorted(set(re.findall(r"</?[a-zA-Z:]+", " ".join(VECTORS))))
ATTRIBUTES = [
    "href=",
    "src=x:",
    "onerror=x()",
    "'",
    '"',
    "`",
    "javascript:x()",
    "title=",
    "style=",
    "colspan=3",
    "colspan=999",
    "rel=x",
]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*TAGS, *ATTRIBUTES, " ", ">", "/>", "<!--", "-->", "<![CDATA[", "]]>", "&lt;", "&#0;", "\x00", "\n", "t"]
        )
        | st.text(max_size=4),
        max_size=40,
    ).map("".join)
    | st.lists(st.sampled_from(VECTORS), min_size=2, max_size=4).map("".join)
)
def test_no_mixture_leaves_more(markup: str) -> None:
    once = harmless(markup)
    assert only_allowed(once), once
    assert harmless(once) == once


def test_what_reading_needs_stays() -> None:
    markup = (
        "<h2 class=x id=y>Cảng mở cửa</h2><p lang=vi style='color:red'>Phà <b>đầu tiên</b> rời <a href='https://a.example/?a=1&b=2' "
        "target=_blank>bến</a>.<br>Dòng hai</p><ul><li>một<li>hai</ul><blockquote>lời</blockquote>"
        "<table><tr><th colspan=2>bảng<tr><td rowspan=3>1<td>2</table><img src=a.png alt=x><mailto>"
    )
    assert harmless(markup) == (
        '<h2>Cảng mở cửa</h2><p>Phà <b>đầu tiên</b> rời <a href="https://a.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">'
        "bến</a>.<br>Dòng hai</p><ul><li>một</li><li>hai</li></ul><blockquote>lời</blockquote>"
        '<table><tbody><tr><th colspan="2">bảng</th></tr><tr><td rowspan="3">1</td><td>2</td></tr></tbody></table>'
    )


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("https://a.example/x", True),
        ("HTTP://a.example", True),
        ("mailto:desk@a.example", True),
        ("/relative", False),
        ("//a.example/x", False),
        ("#part", False),
        ("ftp://a.example/x", False),
        ("https://user:word@a.example/", False),
        ("https://a.example\\@b.example/", False),
        ("https://a.example/\u202ecod.exe", False),
        ("https://", False),
        ("https://a.example:99999/", False),
        ("https://a.example/" + "x" * 3000, False),
        ("tel:+84", False),
        ("file:///etc/passwd", False),
    ],
)
def test_which_links_stay(href: str, kept: bool) -> None:
    assert ("href=" in harmless(f'<a href="{href}">t</a>')) is kept


@pytest.mark.parametrize(
    ("markup", "worth"),
    [("text", False), ("<p>a</p><p>b<br>c</p>", False), ("<div><p>a</p></div>", False), ("<p><b>a</b></p>", True),
     ("<a href=https://a.example>x</a>", True), ("<a href=javascript:x()>x</a>", False), ("<img src=x>", False),
     ("<pre>a</pre>", True), ("", False)],
)  # fmt: skip
def test_what_is_worth_keeping(markup: str, worth: bool) -> None:
    assert worth_keeping(harmless(markup)) is worth
    options = ReadOptions(read_at=datetime(2024, 5, 1, tzinfo=UTC))
    made = make_document(item="a", options=options, text="text", html=markup)
    assert bool(made.html) is worth
    bare = Document(source=made.source, title=made.title, text=made.text, item=made.item, known=made.known)
    assert (bare.content_hash, bare.id) == (made.content_hash, made.id)


@pytest.mark.parametrize(
    "markup",
    ["<div>" * 400_000, "<div><!--</div>-->" * 60_000, "<b>" * 400_000, "<ul><li>" * 100_000, "<table><tr><td>" * 50_000,
     "<p " + " ".join(f"a{n}=1" for n in range(200_000)) + ">x", "<p a='<' " + " ".join(f"a{n}='<'" for n in range(100_000)) + ">x",
     "<" * 1_000_000, "&amp" * 300_000, "<a href=https://a.example>" * 50_000, "<b><p>x</b>" * 50_000, "<font><p>" * 50_000,
     "x" * (4 * LIMIT + 1), "".join(f"<b id={n}><p>x" for n in range(20_000))],
    ids=["div", "hidden", "b", "ul", "table", "attributes", "signs", "less", "amp", "links", "crossed", "font", "large", "formatting"],
)  # fmt: skip
def test_markup_made_to_take_for_ever_does_not(markup: str) -> None:
    started = time.process_time()
    kept = harmless(markup)
    assert time.process_time() - started < 12
    assert len(kept.encode()) <= LIMIT


# --- in a browser ---------------------------------------------------------------------------------------------------

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FRAME = (
    "<!doctype html><meta charset=utf-8><script>window.ran=0;window.x=()=>{window.ran++};"
    "for(const n of ['alert','confirm','prompt','print'])window[n]=window.x</script><body>"
)
POKE = """async () => {
    const events = ['click','mouseover','mouseenter','pointerenter','focus','load','error','toggle','animationstart',
                    'transitionend','start','begin','cancel','pageshow'];
    for (const one of document.body.querySelectorAll('*')) {
        for (const name of events) one.dispatchEvent(new Event(name, {bubbles: false, cancelable: true}));
        if (one.click && !(one.href || '').startsWith('http') && !(one.href || '').startsWith('mailto')) one.click();
    }
    await new Promise(done => setTimeout(done, 25));
    return window.ran;
}"""


@pytest.fixture(scope="module")
def in_browser() -> Iterator[Callable[[str, bool], int]]:
    """How often a piece of markup runs something or asks for something, set into a page as it is or by a script."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = os.environ.get("VEDETTE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("no Chromium on this machine: install Debian's package chromium, or name one in VEDETTE_CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context()
        asked: list[str] = []

        def refuse(route: Any) -> None:
            asked.append(route.request.url)
            route.abort()

        context.route("**/*", refuse)
        pages: list[Any] = []

        def blank() -> Any:
            """A page that nothing of what came before is left in."""
            for attempt in range(3):
                try:
                    if not pages or attempt:
                        pages.insert(0, context.new_page())
                    pages[0].goto("about:blank")
                except sync_api.Error:
                    continue
                for other in context.pages:
                    if other is not pages[0]:
                        other.close()
                asked.clear()
                return pages[0]
            raise AssertionError("no empty page to be had")

        def run(markup: str, by_script: bool) -> int:
            page = blank()
            try:
                page.set_content(FRAME + ("" if by_script else f"<div>{markup}</div>"), wait_until="domcontentloaded")
                if by_script:
                    page.evaluate(
                        "v => { const d = document.createElement('div'); document.body.append(d); d.innerHTML = v;"
                        " for (let n = 0; n < 3; n++) d.innerHTML = d.innerHTML; }",
                        markup,
                    )
                return int(page.evaluate(POKE) or 0) + len(asked)
            except sync_api.Error:  # the page went elsewhere: something ran
                return 1

        yield run
        browser.close()


@pytest.mark.browser
@pytest.mark.slow
def test_nothing_runs_in_a_browser_and_nothing_is_asked_for(in_browser: Callable[[str, bool], int]) -> None:
    """Each vector on its own, set into a page and written by a script; that the harness sees what runs is shown too."""
    harmful = [vector for vector in VECTORS if in_browser(vector, False)]
    print(len(harmful), "of", len(VECTORS), "run or ask for something as they are")
    assert len(harmful) >= 60
    for vector in VECTORS:
        kept = harmless(vector)
        assert in_browser(kept, False) == 0, (vector, kept)
        assert in_browser(kept, True) == 0, (vector, kept)
    assert in_browser(harmless("".join(VECTORS)), False) == 0
