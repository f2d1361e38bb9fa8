"""HTML to plain text: what a reader would read, in lines; nothing of the markup is left."""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass
from typing import Any

import lxml.html
from lxml import etree

from ingest.clean import clean, one_line, tidy
from ingest.markup import ELEMENTS, SELF_CLOSED, names, tame
from ingest.pagefacts import PageFacts, page_facts

__all__ = ["SELF_CLOSED", "Page", "parse_page", "plain", "read_page", "render", "to_text"]

_DROPPED = names(
    "script style noscript template svg math iframe object embed applet canvas audio video map nav aside form button "
    "select option textarea input dialog head frameset noembed noframes"
)
_PAGE_ONLY = frozenset({"nav", "aside", "form", "footer"})
_BLOCKS = names(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup hr html li main nav ol p pre section summary table tbody tfoot thead tr ul"
)
_SKIPPED_ROLES = frozenset({"navigation", "search", "banner", "contentinfo", "complementary", "menu", "menubar"})
_CODE = frozenset({"script", "style", "noscript", "template", "iframe", "svg", "math", "head", "textarea", "title"})
_KNOWN_TAGS = (
    "a abbr address applet area article aside audio b base blockquote body br button canvas center cite code dd del "
    "div dl dt em embed figcaption figure font footer form frame h[1-6] head header hr html i iframe img input ins "
    "label li link main map marquee math meta nav noscript object ol option p param picture pre q s samp script "
    "section select small source span strike strong style sub sup svg table tbody td textarea tfoot th thead title tr "
    "u ul video wbr"
).replace(" ", "|")
_TAG = re.compile(rf"</?(?:{_KNOWN_TAGS})(?=[\s/>])[^<>]*>|<!--|<!\[CDATA\[|<!doctype\b|<\?xml\b", re.IGNORECASE)
_LEFT_OPEN = re.compile(rf"</?(?:{_KNOWN_TAGS})(?=[\s/])[^<>]*$|<!--.*$", re.IGNORECASE | re.DOTALL)
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_ANY_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)[^<>]*>")
_COMMENT = re.compile(r"<!--(?:(?!-->).)*(?:-->|$)|<[!?][^<>]*>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page says: its text, and of itself its title, language, site, canonical address and publication date.

    ``markup`` is that of the part the text comes from: of any origin, to be made harmless before it is kept.
    """

    text: str
    markup: str = ""
    title: str = ""
    lang: str | None = None
    published: str | None = None
    site: str = ""
    url: str | None = None


def to_text(fragment: str) -> str:
    """The plain text of a piece of HTML, with a line for each block; scripts, styles and forms are dropped.

    Text that was escaped twice is unwrapped as well: no known tag is left in what comes back.
    """
    text = fragment
    for _ in range(3):
        text = _once(text)
        if not _TAG.search(text):
            break
    if not text.strip() and fragment.strip():  # an element that was never closed has swallowed what follows it
        text = _strip(entities.unescape(fragment), swallowed=frozenset({"script", "style"}))
    return tidy(_LEFT_OPEN.sub("", _TAG.sub(" ", text)))


def plain(text: str) -> str:
    """The text itself, or, when it carries tags or character references, what it says without them."""
    if _TAG.search(text) or _LEFT_OPEN.search(text):
        return to_text(text)
    if _ENTITY.search(text):
        return plain(entities.unescape(text)) if _TAG.search(entities.unescape(text)) else tidy(entities.unescape(text))
    return tidy(text)


def read_page(markup: str) -> Page:
    """A whole page: the text of its main part, without navigation, and what its head says."""
    parsed = parse_page(markup)
    if parsed is None:
        return Page(text=to_text(markup))
    root, facts = parsed
    body = next(iter(root.iter("body")), root)
    whole = _render(body, page=True)
    text, part = whole, body
    for tag in ("article", "main"):
        parts = list(body.iter(tag))
        if len(parts) == 1 and len(inner := _render(parts[0], page=True)) >= max(200, 0.4 * len(whole)):
            text, part = inner, parts[0]
            break
    return Page(
        text=_finish(text),
        markup=etree.tostring(part, encoding="unicode", method="html", with_tail=False),
        title=one_line(plain(facts.title)),
        lang=facts.lang,
        published=facts.dates[0][1] if facts.dates else None,
        site=one_line(plain(facts.site)),
        url=facts.addresses[0] if facts.addresses else None,
    )


def parse_page(markup: str, *, elements: int = ELEMENTS) -> tuple[Any, PageFacts] | None:
    """The tree of a page (lxml, of tamed markup) and what the page says of itself; None when there is nothing in it."""
    tamed = tame(clean(markup), elements=elements)
    root = _tree(tamed.markup)
    return None if root is None else (root, page_facts(root, tamed.data))


def render(root: Any) -> str:
    """The text of a parsed page without its navigation, all of its parts."""
    return _finish(_render(next(iter(root.iter("body")), root), page=True))


def _once(markup: str) -> str:
    root = _tree(tame(clean(markup)).markup)
    return _strip(markup) if root is None else _render(root, page=False)


def _finish(text: str) -> str:
    return to_text(text) if _TAG.search(text) else tidy(text)


def _tree(tamed: str) -> Any:
    """The tree, or None when lxml cannot make one."""
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(tamed.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return None


def _strip(markup: str, *, swallowed: frozenset[str] = _CODE) -> str:
    """The text between the tags, found without building a tree."""
    text = clean(markup)
    out: list[str] = []
    at = 0
    while found := _ANY_TAG.search(text, at):
        out.append(text[at : found.start()])
        at = found.end()
        tag = found[2].lower()
        if tag in swallowed and not found[1]:
            closing = re.compile(rf"</{tag}\s*>", re.IGNORECASE).search(text, at)
            at = closing.end() if closing else len(text)
        if tag in _BLOCKS or tag == "br":
            out.append("\n")
    out.append(text[at:])
    return re.sub(r"\s*\n\s*", "\n", entities.unescape(_COMMENT.sub(" ", "".join(out))))


def _render(root: Any, *, page: bool) -> str:
    """The text below a node: one line a block, cells of a row divided by a bar."""
    out: list[str] = []
    stack: list[tuple[Any, bool]] = [(root, False)]
    pre = 0
    while stack:
        node, leaving = stack.pop()
        tag = node.tag if isinstance(node.tag, str) else ""
        if leaving:
            if tag in _BLOCKS:
                out.append("\n")
            elif tag in {"td", "th"}:
                out.append(" | ")
            pre -= tag == "pre"
            out.append(_flow(node.tail, pre))
            continue
        if node is not root and _dropped(node, tag, page=page):
            out.append(_flow(node.tail, pre))
            continue
        pre += tag == "pre"
        if tag == "br" or tag in _BLOCKS:
            out.append("\n")
        out.append(_flow(node.text, pre))
        if node is root:
            stack.extend((child, False) for child in reversed(list(node)))
            continue
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(list(node)))
    lines = (" ".join(line.split(" ")) for line in "".join(out).split("\n"))
    joined = "\n".join(re.sub(r"[ \t]{2,}", " ", line).strip().removesuffix("|").strip() for line in lines)
    return re.sub(r"\n{2,}", "\n", joined).strip()


def _dropped(node: Any, tag: str, *, page: bool) -> bool:
    if not tag:
        return True
    if tag in _DROPPED and (page or tag not in _PAGE_ONLY):
        return True
    if page and (tag == "footer" or (node.get("role") or "").lower() in _SKIPPED_ROLES):
        return True
    return node.get("hidden") is not None or "display:none" in (node.get("style") or "").replace(" ", "").lower()


def _flow(text: str | None, pre: int) -> str:
    if not text:
        return ""
    return text if pre else re.sub(r"[ \t\n\r\f\u00a0]+", " ", text)
