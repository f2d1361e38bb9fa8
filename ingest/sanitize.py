"""Markup that may be shown: what a text needs to be read, and nothing that can run, load or disguise."""

from __future__ import annotations

import html as entities
import re
from functools import lru_cache
from urllib.parse import urlsplit

import nh3

from ingest.clean import clean
from ingest.markup import ELEMENTS, names, tame

LIMIT = 2**20
"""Bytes (UTF-8) of the longest markup that is kept; the plain text beside it is kept at any length."""

_TAGS = names(
    "a abbr article b blockquote br caption cite code dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i "
    "ins kbd li mark ol p pre q s samp section small strong sub sup table tbody td tfoot th thead tr u ul var"
)
_DROPPED = names("title head form button nav dialog marquee frameset")
_WIDEST = 40  # columns or rows of one cell
_LONGEST_LINK = 2000
_ROUNDS = 4
_FORMS = re.compile(r"<(?!/|(?:p|br|div|section|article)[\s>]|a rel)")
_STRANGE = re.compile(r"[\x00-\x20\x7f-\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\\]")


def harmless(markup: str) -> str:
    """The markup with only the tags that reading needs; applied to its own result it changes nothing.

    Scripts, styles, drawings, frames, forms and images go with what they hold; of other tags the text stays. No
    attribute is left but the spans of table cells and the addresses of links, and those only when they are absolute
    and http, https or mailto. Empty for markup larger than four times ``LIMIT``, or whose result is larger than
    ``LIMIT`` or will not settle.
    """
    if not markup.strip() or len(markup) > 4 * LIMIT:
        return ""
    shown = _cleaner().clean(tame(clean(markup), elements=ELEMENTS // 4).markup).strip()
    for _ in range(_ROUNDS):  # what a parser moves about in broken markup may move once more when read again
        again = _cleaner().clean(tame(clean(shown), elements=ELEMENTS // 4).markup).strip()
        if again == shown:
            return shown if len(shown.encode()) <= LIMIT else ""
        shown = again
    return ""


def worth_keeping(markup: str) -> bool:
    """Whether harmless markup says more than its plain text: it has more than paragraphs, divisions and lines."""
    return bool(_FORMS.search(markup))


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "rel":
        return value
    if name != "href":
        return value if value.isascii() and value.isdigit() and len(value) < 4 and 1 < int(value) <= _WIDEST else None
    address = entities.unescape(value).strip()
    if not address or len(address) > _LONGEST_LINK or _STRANGE.search(address):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() == "mailto":
        return address
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or port == 0 or "@" in parts.netloc:
        return None
    return address
