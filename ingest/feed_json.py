"""JSON Feed 1.0 and 1.1, and feeds that are JSON Feed but for its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from domain.errors import ParseError
from ingest.clean import one_line
from ingest.documents import language_tag
from ingest.encoding import decode_markup
from ingest.feed_entry import Entry, absolute, people
from ingest.html import plain, to_text

_NAMED = ("feed_url", "home_page_url", "next_url", "user_comment")
_ITEM = frozenset({"url", "external_url", "title", "content_html", "content_text", "date_published"})


def load_json_feed(data: bytes, *, item: str) -> dict[str, Any]:
    """The feed's object, with its items in a list.

    A feed without a version, or with another's, is taken for one when it has a list of items and names itself or
    its items are named as a feed's are.

    Raises:
        ParseError: it is no JSON, or no JSON Feed.
    """
    try:
        feed = json.loads(decode_markup(data)[0].lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise ParseError(f"is not JSON: {error}", item=item, stage="parse") from error
    if not isinstance(feed, dict):
        raise ParseError("is JSON but no JSON Feed", item=item, stage="parse")
    told = "jsonfeed.org/version" in str(feed.get("version", ""))
    if not isinstance(feed.get("items"), list):
        raise ParseError(f"is {'a JSON Feed without items' if told else 'JSON but no JSON Feed'}", item=item,
                         stage="parse")  # fmt: skip
    alike = any(isinstance(one, dict) and not _ITEM.isdisjoint(one) for one in feed["items"])
    if not told and not alike and not any(name in feed for name in _NAMED):
        raise ParseError("is JSON but no JSON Feed", item=item, stage="parse")
    return feed


def json_entry(raw: object, base: str) -> Entry:
    """One item of a JSON Feed; what is no object is an item that says only that."""
    if not isinstance(raw, Mapping):
        return Entry(text=plain(string(raw)))
    html, text, summary = string(raw.get("content_html")), string(raw.get("content_text")), string(raw.get("summary"))
    words = max((to_text(html) if html else "", plain(text)), key=len) or plain(summary)
    authors = raw.get("authors") if isinstance(raw.get("authors"), list) else [raw.get("author")]
    tags = raw.get("tags") if isinstance(raw.get("tags"), list) else []
    attached = [one.get("url") for one in _list(raw.get("attachments")) if isinstance(one, Mapping)]
    links = (raw.get("url"), raw.get("external_url"))
    pictures = [raw.get("image"), raw.get("banner_image")]
    further = [("link", string(link)) for link in (*links, *attached, *pictures)]
    names = [one_line(plain(string(one)), limit=120) for one in _list(authors) if isinstance(one, str)]
    names += people(_list(authors))
    further += [
        ("id", string(raw.get("id"))),
        ("author", ", ".join(names)),
        ("tags", " ".join(map(string, tags or ()))),
    ]
    further += [("published", string(raw.get(key))) for key in ("date_published", "date_modified")]
    further += [(str(key), string(value)) for key, value in raw.items() if key != "content_html"]
    return Entry(
        title=string(raw.get("title")),
        text=words,
        html=html,
        url=next(filter(None, (absolute(string(link), base) for link in links)), None),
        external_id=string(raw.get("id")).strip() or None,
        published=string(raw.get("date_published")) or string(raw.get("date_modified")) or None,
        updated=string(raw.get("date_modified")) if raw.get("date_published") else "",
        lang=language_tag(string(raw.get("language"))),
        facts={
            "authors": names,
            "categories": [one_line(plain(string(tag)), limit=80) for tag in tags or []][:40],
            "origin_url": absolute(string(raw.get("external_url")), base) or "" if raw.get("url") else "",
            "media": [url for one in pictures if (url := absolute(string(one), base))],
            "enclosures": [url for one in attached[:40] if (url := absolute(string(one), base))],
        },
        further=() if words else tuple(further),
    )


def string(value: object) -> str:
    """A text, or a number as a text; nothing for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
