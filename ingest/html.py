"""HTML to plain text: what a reader would read, in lines; nothing of the markup is left."""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from ingest.clean import clean, one_line, tidy


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_DROPPED = _set(
    "script style noscript template svg math iframe object embed applet canvas audio video map nav aside form button "
    "select option textarea input dialog head frameset noembed noframes"
)
_PAGE_ONLY = frozenset({"nav", "aside", "form", "footer"})
_BLOCKS = _set(
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
_LONG_TAG = re.compile(r"<([A-Za-z][\w:-]*)[^<>]{20000,}>")  # thousands of attributes take time squared
_COMMENT = re.compile(r"<!--(?:(?!-->).)*(?:-->|$)|<[!?][^<>]*>", re.DOTALL)
SELF_CLOSED = _set(
    "p li td tr th dd dt option tbody thead tfoot br hr img input meta link col area base embed source track wbr"
)
_DEEPEST = 200

_DATE_NAMES = (
    "article:published_time", "og:article:published_time", "datepublished", "dc.date.issued", "dcterms.issued",
    "dcterms.created", "dc.date", "dcterms.date", "citation_publication_date", "parsely-pub-date", "pubdate",
    "publishdate", "publish_date", "sailthru.date", "date",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page says: its text, and of itself its title, language, site, canonical address and publication date."""

    text: str
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
    root = _parse(markup)
    if root is None:
        return Page(text=to_text(markup))
    meta = _metadata(root)
    body = next(iter(root.iter("body")), root)
    whole = _render(body, page=True)
    text = whole
    for tag in ("article", "main"):
        parts = list(body.iter(tag))
        if len(parts) == 1 and len(inner := _render(parts[0], page=True)) >= max(200, 0.4 * len(whole)):
            text = inner
            break
    heading = next((_render(node, page=False) for node in body.iter("h1")), "")
    title = meta.get("og:title") or _title(root) or heading
    stamp = next((meta[name] for name in _DATE_NAMES if meta.get(name)), None) or _time_tag(body)
    return Page(
        text=_finish(text),
        title=one_line(plain(title)),
        lang=(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or meta.get("language")),
        published=stamp,
        site=one_line(plain(meta.get("og:site_name", ""))),
        url=_canonical(root) or meta.get("og:url"),
    )


def _once(markup: str) -> str:
    root = _parse(markup)
    if root is None:
        return _strip(markup)
    return _render(root, page=False)


def _finish(text: str) -> str:
    return to_text(text) if _TAG.search(text) else tidy(text)


def _parse(markup: str) -> Any:
    """The tree, or None when lxml cannot make one worth having (nothing in it, or nested too deep)."""
    data = _LONG_TAG.sub(r"<\1>", clean(markup)).encode("utf-8", "replace")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    if _depth(markup) > _DEEPEST:
        return None
    try:
        return etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        return None


def _depth(markup: str) -> int:
    """How deep the elements can nest at most; tags that HTML closes by itself are left out."""
    if markup.count("<") < _DEEPEST:
        return 0
    depth = deepest = 0
    for found in _ANY_TAG.finditer(markup):
        if found[2].lower() in SELF_CLOSED:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _strip(markup: str, *, swallowed: frozenset[str] = _CODE) -> str:
    """The text between the tags, found without building a tree: for markup that is nested too deep for one."""
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


def _metadata(root: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in root.iter("meta"):
        keys = (node.get(key) for key in ("property", "name", "itemprop", "http-equiv"))
        name = next(filter(None, keys), "").lower()
        content = (node.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content[:1000])
    return found


def _title(root: Any) -> str:
    node = next(iter(root.iter("title")), None)
    return "" if node is None else "".join(node.itertext())


def _canonical(root: Any) -> str | None:
    for node in root.iter("link"):
        if "canonical" in (node.get("rel") or "").lower().split():
            return str(node.get("href") or "") or None
    return None


def _time_tag(body: Any) -> str | None:
    for node in body.iter("time"):
        if node.get("datetime") and (node.get("pubdate") is not None or node.get("itemprop") == "datePublished"):
            return str(node.get("datetime"))
    return None
