"""Who else carried a document: word for word, by wire, or nearly so; first to last."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

import streamlit as st

from index.store.copies import Copy
from index.store.documents import Shown
from interfaces.dashboard import words
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import Markup, badge, label_badge, notice, table, tag, text, web_address, words_of
from interfaces.dashboard.markup import shown as plain

_APART = timedelta(minutes=1)
_HOW = {
    "exact": ("exact copy", "word for word the same"),
    "wire": ("wire copy", "an agency's report, carried by several"),
    "near": ("near copy", "nearly the same text"),
}


def copies(ctx: Context, shown: Shown) -> None:
    """Draw them, this document among them."""
    if not shown.copies:
        st.html(notice("plain", "Nobody else is known to have carried it", text("Among what is held, by this day.")))
        return
    own = shown.versions[0]
    earlier = sum(own.known - one.known >= _APART for one in shown.copies)
    said = (
        f"{words.many(len(shown.copies), 'other telling')} of it in {words.many(len(carriers(shown)), 'source')}"
        f"{f', {earlier} of them known to us before this one' if earlier else ''}. "
        "Stories take all of them for one source's word. Counts and alerts take each that is held as a document of its "
        "own (its title is a link) for one more report."
    )
    st.html(tag("p", text(said), css="v-muted v-small"))
    rows = [(one.known, one.source, _row(ctx, one, own.known)) for one in shown.copies]
    rows.append((own.known, shown.source, _this(shown)))
    rows.sort(key=lambda row: row[:2])
    head = ("how", "source", "title", "published", "known to us")
    st.html(table(head, [row for *_, row in rows], css="v-tight v-copies"))


def carriers(shown: Shown) -> list[str]:
    """The other sources that carried it, in the order in which they did."""
    return [name for name in dict.fromkeys(one.source for one in shown.copies) if name != shown.source]


def _row(ctx: Context, one: Copy, own: datetime) -> list[Markup]:
    name, hint = _HOW.get(one.how, (one.how, ""))
    title = words_of(one.title)
    if one.document_id is not None:
        where = "document?" + urlencode(ctx.parameters(id=one.document_id))
        title = tag("a", text(plain(one.title).strip() or "(no title)"), href=where, dir="auto", css="v-inner")
    label = label_badge(one.label) if one.label else Markup("")
    return [
        tag("div", badge(name, one.how, hint=hint), tag("div", text(_alike(one)), css="v-under")),
        tag("div", words_of(one.source), label),
        tag("div", title, _place(one.url, one.external_id)),
        text(words.moment(one.published)),
        tag("div", text(words.moment(one.known)), tag("div", text(_after(one.known, own)), css="v-under")),
    ]


def _alike(one: Copy) -> str:
    if one.how == "exact":
        return ""
    if one.similarity is None or one.share is None:
        return "like others of these"
    return f"{words.share(one.similarity)} the same; {words.share(one.share)} of the shorter stands in the other"


def _place(url: str | None, name: str | None) -> Markup:
    return tag("div", web_address(url) if url else words_of(name or ""), css="v-under")


def _after(known: datetime, own: datetime) -> str:
    span = known - own
    seconds = abs(span.total_seconds())
    if abs(span) < _APART:
        return "at the same time"
    long = words.many(round(seconds / 60), "minute") if seconds < 3600 else words.age(abs(span))
    return f"{long} {'after' if span.total_seconds() > 0 else 'before'} this one"


def _this(shown: Shown) -> list[Markup]:
    own = shown.versions[0]
    return [
        badge("this one", "closed"),
        words_of(shown.source),
        tag("div", tag("b", words_of(shown.versions[-1].title)), _place(shown.url, shown.external_id)),
        text(words.moment(own.published)),
        text(words.moment(own.known)),
    ]
