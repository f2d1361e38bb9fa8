"""A document as its source formatted it, shown where nothing in it can run, load, navigate or reach the dashboard.

What is stored was made harmless before (``ingest.sanitize``). It is not trusted for that: it is taken apart and put
together anew from a short list of elements without any attribute but the spans of cells, its texts escaped as all
stored text is, and the result stands in a frame with an empty sandbox (no scripts, no origin, no navigation of the
page) under a policy that lets nothing be fetched. Streamlit's own frames do allow scripts, so that this one stands
inside of one that holds nothing but it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from html.parser import HTMLParser

from interfaces.dashboard.markup import Markup, join, tag, text


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KEPT = _names(
    "article b blockquote br caption cite code dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i ins "
    "kbd li mark ol p pre q s samp section small strong sub sup table tbody td tfoot th thead tr u ul var"
)
_VOID = _names("br hr")
_SILENT = _names(
    "applet audio button canvas embed form frame frameset head iframe math noembed noframes noscript object script "
    "select style svg template textarea title video xmp"
)
_ALWAYS_EMPTY = _names("area base col embed frame img input link meta param source track wbr")
_NUMBER = re.compile(r"[1-9][0-9]?")
_DEEPEST = 120
_STYLE = (
    "body{margin:0;padding:18px 22px;background:#fff;color:#1B2733;font:16px/1.65 system-ui,'Noto Sans','DejaVu Sans',"
    "sans-serif;overflow-wrap:anywhere}h1,h2,h3,h4,h5,h6{line-height:1.3;margin:1.1em 0 .4em}h1{font-size:1.4em}"
    "h2{font-size:1.25em}h3{font-size:1.1em}table{border-collapse:collapse;margin:.8em 0;font-size:.94em}"
    "td,th{border:1px solid #DAD7CE;padding:.3em .6em;text-align:start;vertical-align:top}th{background:#F0EEE8}"
    "blockquote{margin:.8em 0;padding:.1em 0 .1em 1em;border-inline-start:3px solid #DAD7CE;color:#34414D}"
    "pre{white-space:pre-wrap}.link{border-bottom:1px dotted #1E5180}.to{color:#5D6975;font-size:.84em}"
)
_OUTER_STYLE = "html,body{margin:0;height:100%;overflow:hidden}iframe{display:block;border:0;width:100%;height:100%}"


def _hash(style: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


POLICY = f"default-src 'none'; style-src {_hash(_STYLE)} {_hash(_OUTER_STYLE)}; base-uri 'none'; form-action 'none'"
"""Nothing may be fetched, sent or run; only the two style sheets, known by their hashes, apply.

One policy for both pages: the inner one is bound by the outer one's as well.
"""


class _Rebuilt(HTMLParser):
    """Harmless markup from any: known elements without attributes, all else as escaped text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Markup] = []
        self.open: list[str] = []
        self.silent: list[str] = []
        self.link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element that is known; fall silent in one that holds no text to read."""
        if tag in _SILENT:
            if tag not in _ALWAYS_EMPTY:
                self.silent.append(tag)
            return
        if self.silent:
            return
        if tag == "a":
            self.end_link()
            self.link = (dict(attrs).get("href") or "").strip()
            self.parts.append(Markup('<span class="link">'))
            self.open.append("a")
            return
        if tag not in _KEPT:
            return
        if tag in _VOID:
            self.parts.append(Markup(f"<{tag}>"))
            return
        if len(self.open) >= _DEEPEST:
            return
        spans = "".join(
            f' {name}="{value}"'
            for name, value in attrs
            if tag in ("td", "th") and name in ("colspan", "rowspan") and value and _NUMBER.fullmatch(value)
        )
        self.parts.append(Markup(f"<{tag}{spans}>"))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """End an element, and what was left open in it."""
        if self.silent:
            if tag in self.silent:
                while self.silent.pop() != tag:
                    pass
            return
        if tag == "a":
            self.end_link()
        elif tag in self.open:
            while self.open[-1] != tag:
                self.close_one()
            self.close_one()

    def handle_data(self, data: str) -> None:
        """Text, escaped."""
        if not self.silent:
            self.parts.append(text(data))

    def end_link(self) -> None:
        """End a link, and what was left open in it; there is at most one."""
        while "a" in self.open:
            self.close_one()

    def close_one(self) -> None:
        """End the innermost element; a link's address is told behind its words, for it leads nowhere here."""
        last = self.open.pop()
        if last != "a":
            self.parts.append(Markup(f"</{last}>"))
            return
        self.parts.append(Markup("</span>"))
        if self.link.lower().startswith(("http://", "https://", "mailto:")):
            self.parts.append(tag("span", text(f" [{self.link}]"), css="to"))
        self.link = ""

    def whole(self) -> Markup:
        """All of it, with what was left open ended."""
        while self.open:
            self.close_one()
        return join(self.parts)


def rebuilt(markup: str) -> Markup:
    """The markup made anew from known elements alone; text in scripts, styles, forms and frames goes with them.

    >>> rebuilt("<p onclick=x>a <script>b</script><a href='javascript:c'>d</a> & <td colspan=2>")
    '<p>a <span class="link">d</span> &amp; <td colspan="2"></td></p>'
    """
    parser = _Rebuilt()
    parser.feed(markup)
    parser.close()
    return parser.whole()


def framed(markup: str, *, title: str, lang: str = "") -> str:
    """A page that holds nothing but a sandboxed frame with the markup in it; for ``st.iframe``."""
    spoken = f' lang="{text(lang)}"' if lang and lang != "und" else ""
    inner = (
        f'<!doctype html><html dir="auto"{spoken}><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
        f"<style>{_STYLE}</style></head><body>{rebuilt(markup)}</body></html>"
    )
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
        f"<style>{_OUTER_STYLE}</style></head><body>"
        f'<iframe sandbox="" referrerpolicy="no-referrer" title="{text(title)}" srcdoc="{escape(inner)}"></iframe>'
        "</body></html>"
    )
