"""The article on a page that a feed links to: its text by trafilatura, or the feed's own where that is better.

Nothing here fetches: ``article`` takes what a fetch brought. The page is hostile: it is cut, tamed and parsed within
bounds, and what it claims of itself is believed only where it does not hurt (an address only on its own site).
"""

from __future__ import annotations

import logging
import re
from configparser import ConfigParser
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
import trafilatura
from lxml import etree

from domain.document import Document
from domain.errors import ParseError
from domain.protocols import Response
from domain.text import UNSPACED, count_words, fold, words
from ingest.clean import one_line
from ingest.dedup import canonical_url, same_site
from ingest.documents import first_line, language_tag, shown_as
from ingest.encoding import decode
from ingest.html import parse_page, plain, render, to_text
from ingest.pagefacts import PageFacts
from ingest.published import settle
from ingest.walls import is_notice, is_pointer, wall_of

_log = logging.getLogger("trafilatura")
_log.setLevel(logging.CRITICAL)  # it reports every page without an article as an error

LONGEST = 4_000_000
"""Characters of a page that are looked at."""

TAGS = 40_000
"""Tags of a page that are looked at; what follows is text."""

LONGEST_ARTICLE = 300_000
"""Characters of the longest text taken for an article; a page of more is a book, or made to take for ever."""

_MANY = 6000  # elements of a page that is large, even among pages
_EDGE = 3
_FULL = 150  # words of a feed's own text that make it an article
_SAMPLE = 300
_CUT = re.compile(r"(?:\.\.\.|…|\[[.…]+\]|\bread more|\bcontinue reading\S*(?: \S+){0,8})[\s\]»›→]*$", re.IGNORECASE)
_SITE_BEHIND = re.compile(r"(?<!\s)\s++[|\-–—·•:»]\s+([^|–—·•»]{2,60})$")
_HTML_TYPES = ("html", "xml", "text/plain", "octet-stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What was found on a page: the article's text and markup (of any origin), and the page's claims.

    ``wall`` says what stands before the article, where something does.
    """

    text: str
    markup: str
    title: str
    facts: PageFacts
    url: str
    wall: str = ""
    notes: tuple[str, ...] = ()


def article(document: Document, response: Response, *, read_at: datetime) -> Document:
    """The feed's document with the text of the page it links to, where that is better; what it has else stays.

    ``meta["article"]`` says which text it is and why. From the page come, where the feed lacks them, title, language
    and authors, and the site's name; the publication time as ``ingest.published.settle`` has it
    (``meta["published_notes"]``); the address, where the document has an id of its own and the page names one on its
    site (else ``meta["canonical_url"]``, as the address is what names the document). Its identity never changes.
    """
    found = _read(response)
    if isinstance(found, str):
        return _noted(document, f"from the feed: {found}")
    use, reason = choose(document, found)
    if not use:
        return _noted(document, f"from the feed: {reason}")
    return _merged(document, found, reason, read_at=read_at)


def read_article(data: bytes | str, *, url: str, charset: str | None = None) -> Article:
    """The article on a page. Its text is empty when there is none.

    Raises:
        ParseError: the bytes are not text in any encoding that can be told.
    """
    markup, note = (data, None) if isinstance(data, str) else decode(data, item=url, declared=charset)
    notes = [note] if note else []
    if len(markup) > LONGEST:
        markup = markup[:LONGEST]
        notes.append(f"only the first {LONGEST:,} characters of the page were looked at")
    parsed = parse_page(markup, elements=TAGS)
    if parsed is None:
        return Article(text="", markup="", title="", facts=PageFacts(), url=url, wall="is empty", notes=tuple(notes))
    root, facts = parsed
    title = _title(facts)
    whole = render(root)
    marked = _extract(root, url) if len(whole) <= LONGEST_ARTICLE else ""
    text, marked = _without_notices(marked, title)
    if not text:
        text, marked = (whole, "") if len(whole) > LONGEST_ARTICLE else (_data_text(facts), "")
    wall = wall_of(text or whole, title=one_line(facts.title or facts.heading))
    if not wall and facts.paid:
        wall = "is behind a paywall"
    return Article(text=text, markup=marked, title=title, facts=facts, url=url, wall=wall, notes=tuple(notes))


def choose(document: Document, found: Article) -> tuple[bool, str]:
    """Whether the page's text is better than the feed's, and on what grounds. In order:

    1. A page without text loses; so does one that a wall stands before, unless it holds what the feed says and more.
    2. A page that neither says what the feed's text says nor has its title is another page: it loses.
    3. A feed's text that is an article itself (150 words, not cut off) wins unless the page has a good deal more.
    4. The longer text wins.
    """
    summary, page = document.text, found.text
    told, shown = count_words(summary), count_words(page)
    if len(page) > LONGEST_ARTICLE:
        return False, f"the page holds {len(page):,} characters, which is no article"
    if not shown:
        return False, f"the page {found.wall}" if found.wall else "no article was found on the page"
    alike = overlap(f"{document.title} {summary}", f"{found.title} {page}")
    more = shown >= max(1.5 * told, 25)
    if found.wall:
        behind = found.wall == "is behind a paywall" and shown > told
        if alike < 0.6 or not (more or behind):
            return False, f"the page {found.wall}"
        return True, f"the page {found.wall}; this much of the article is on it"
    titled = overlap(document.title, f"{found.title} {found.facts.heading} {page[:500]}")
    if alike < 0.25 and titled < 0.5:
        return False, "the page speaks of something else"
    if told >= _FULL and not _CUT.search(summary) and shown < 1.3 * told:
        return False, "the feed has the whole text"
    if shown <= told:
        return False, "the page has no more than the feed"
    return True, ""


def overlap(less: str, more: str) -> float:
    """The share of the first words of one text that the other has too, 0 to 1; pairs of characters where a script is
    written without spaces. 0 where there is no word to compare.
    """
    wanted = _features(words(fold(less))[:_SAMPLE])
    held = _features(words(fold(more)))
    return len(wanted & held) / len(wanted) if wanted else 0.0


def _features(found: list[str]) -> set[str]:
    pairs = {a + b for a, b in pairwise(found) if UNSPACED.match(a) and UNSPACED.match(b)}
    return pairs | {word for word in found if not UNSPACED.match(word) and (len(word) > 2 or not word.isascii())}


def _read(response: Response) -> Article | str:
    """The page's article, or why there can be none."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and not any(name in kind for name in _HTML_TYPES):
        return f"the page is {one_line(kind, limit=60)}, not HTML"
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", response.headers.get("content-type", ""), re.IGNORECASE)
    in_head = re.search(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{2,40})", response.body[:4096], re.IGNORECASE)
    declared = charset[1] if charset else in_head[1].decode("ascii") if in_head else None
    try:
        return read_article(response.body, url=response.url, charset=declared)
    except ParseError as error:
        return f"the page {error.reason}"


def _extract(root: Any, url: str) -> str:
    """Main text as simple HTML by trafilatura, or nothing where it finds none or fails on the page.

    Its second opinions take time squared over thousands of short blocks: on pages with that many it goes without them.
    """
    quick = sum(1 for _ in islice(root.iter(), _MANY)) == _MANY
    try:
        found = trafilatura.extract(
            root, url=url, output_format="html", include_comments=False, include_formatting=True, include_links=True,
            include_tables=True, fast=quick, config=_settings(dense=_is_dense(root)),
        )  # fmt: skip
    except Exception as error:  # the page is hostile and the library raises what it likes
        _log.debug("%s: %s", url, error)
        return ""
    return found or ""


def _is_dense(root: Any) -> bool:
    """Whether a page is in a script whose characters are words: there an article takes a third of the characters."""
    sample = "".join("".join(node.itertext()) for node in root.iter("p", "div", "td", "title"))[:20_000]
    return 3 * len(UNSPACED.findall(sample)) > len(sample.replace(" ", ""))


@lru_cache(maxsize=2)
def _settings(*, dense: bool) -> ConfigParser:
    """Trafilatura's settings; the sizes below which it doubts what it found are meant for letters."""
    settings = trafilatura.settings.use_config()
    own = ConfigParser()
    own.read_dict(settings)
    if dense:
        for name in ("MIN_EXTRACTED_SIZE", "MIN_OUTPUT_SIZE", "MIN_DUPLCHECK_SIZE"):
            own.set("DEFAULT", name, str(settings.getint("DEFAULT", name) // 3))
    return own


def _without_notices(markup: str, title: str) -> tuple[str, str]:
    """Text and markup without the title said again, pointers to other articles, and notices at the edges."""
    if not markup:
        return "", ""
    root = lxml.html.fromstring(markup)
    body = next(iter(root.iter("body")), root)
    blocks = [node for node in body.iter("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote") if len(node) < 50]
    lines = [" ".join("".join(node.itertext()).split()) for node in blocks]
    for place, (node, line) in enumerate(zip(blocks, lines, strict=True)):
        edge = place < _EDGE or place >= len(blocks) - _EDGE
        if node.tag == "h1" and place < _EDGE and fold(line) == fold(title):
            _remove(node)
        elif is_pointer(line):
            following = node.getnext()
            if following is not None and following.tag in ("ul", "ol") and _all_links(following):
                _remove(following)
            _remove(node)
        elif edge and is_notice(line):
            _remove(node)
    kept = etree.tostring(body, encoding="unicode", method="html")
    return to_text(kept), kept


def _all_links(node: Any) -> bool:
    text = "".join("".join(node.itertext()).split())
    linked = "".join("".join("".join(link.itertext()).split()) for link in node.iter("a"))
    return len(linked) >= 0.8 * len(text)


def _remove(node: Any) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _data_text(facts: PageFacts) -> str:
    """The text that a JSON-LD block carries, for pages that scripts fill."""
    return plain(facts.data_text) if count_words(facts.data_text) >= 50 else ""


def _title(facts: PageFacts) -> str:
    """The page's title without the site's name behind it."""
    title = one_line(plain(facts.title))
    heading = one_line(plain(facts.heading))
    if heading and title.startswith(heading):
        return heading
    behind = _SITE_BEHIND.search(title)
    if behind and facts.site and fold(behind[1]) in fold(facts.site):
        return title[: behind.start()]
    return title or heading


def _merged(document: Document, found: Article, reason: str, *, read_at: datetime) -> Document:
    facts = found.facts
    canonical = _canonical(facts, found.url)
    told = settle(feed=document.published, page=facts.dates, url=canonical or found.url, read_at=read_at)
    named = document.external_id is not None
    authors = list(facts.authors) if not document.meta.get("authors") else []
    meta: dict[str, str | list[str] | None] = {
        "article": f"from the page ({reason})" if reason else "from the page",
        "article_notes": list(found.notes),
        "authors": authors,
        "site": one_line(plain(facts.site), limit=200),
        "published_from": told.origin if told.origin not in (None, "feed") else "",
        "published_notes": list(told.notes),
        "canonical_url": canonical if canonical and not named and canonical != document.url else "",
    }
    return replace(
        document,
        title=_better_title(document, found.title),
        text=found.text,
        html=shown_as(found.markup),
        lang_hint=document.lang_hint or language_tag(facts.lang),
        published=told.moment,
        url=canonical if canonical and named else document.url,
        meta={**document.meta, **{key: value for key, value in meta.items() if value}},
    )


def _better_title(document: Document, title: str) -> str:
    """The feed's title, unless it has none of its own or cuts it off."""
    made_up = "://" in document.title or document.title == first_line(document.text) != document.text.strip()
    cut = _CUT.search(document.title)
    begun = bool(cut) and fold(title).startswith(fold(document.title[: cut.start()] if cut else "").strip())
    return title if title and (made_up or begun) else document.title


def _canonical(facts: PageFacts, url: str) -> str | None:
    """The address that the page names as its own, where it is on the page's site; else the one it was fetched from."""
    page = canonical_url(url)
    if page is None:
        return None
    for written in facts.addresses:
        try:
            named = canonical_url(urljoin(urljoin(url, facts.base), written))
        except ValueError:
            continue
        if named is None or not same_site(named, page) or (_is_front(named) and not _is_front(page)):
            continue
        secure = page.startswith("https:") and named.startswith("http:")
        return f"https:{named[5:]}" if secure and urlsplit(named).hostname == urlsplit(page).hostname else named
    return page


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _noted(document: Document, note: str) -> Document:
    return replace(document, meta={**document.meta, "article": note})
