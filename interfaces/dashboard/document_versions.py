"""The versions of a document, and what changed from one to another, sentence by sentence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

import streamlit as st

from index.store.documents import Shown
from interfaces.dashboard import document_data, words
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import Markup, join, label_badge, notice, table, tag, text, words_of
from service.versions import Change

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+|\s+|[^\w\s]")
_MOST_TOKENS = 6000


def versions(ctx: Context, shown: Shown) -> None:
    """Draw them."""
    rows = [
        [
            text(str(v.n)),
            text(words.moment(v.published)),
            text(words.moment(v.known)),
            text("when it was read" if v.known_basis == "fetched" else "its publication"),
            label_badge(v.label),
            words_of(v.title),
        ]
        for v in reversed(shown.versions)
    ]
    st.html(table(("version", "published", "known to us from", "taken from", "label", "title"), rows))
    if len(shown.versions) < 2:
        st.html(tag("p", text("The text has not changed since it was first read."), css="v-muted v-small"))
        return
    numbers = sorted(v.n for v in shown.versions)
    a, b, _ = st.columns([2, 2, 5])
    old = a.selectbox("What changed from version", numbers[:-1], index=len(numbers) - 2, key=f"old_{shown.id}")
    later = [n for n in numbers if n > int(old)]
    new = b.selectbox("to version", later, index=len(later) - 1, key=f"new_{shown.id}_{old}")
    found = document_data.difference(ctx.scope, shown.id, int(old), int(new))
    if found.title is not None:
        st.html(tag("div", difference(found.title.old, found.title.new), css="v-card v-diff", dir="auto"))
    st.html(sentences(found.changes))


def sentences(changes: Sequence[Change]) -> Markup:
    """The sentences that came, went or were changed; those between them counted, the nearest one shown."""
    if all(one.kind == "same" for one in changes):
        return notice("plain", "Not a word of the text differs", text("Its spacing, its title or its markup may."))
    counts = [(sum(one.kind == kind for one in changes), what) for kind, what in (
        ("changed", "changed"), ("added", "added"), ("removed", "taken out"))]  # fmt: skip
    head = ", ".join(f"{words.many(n, 'sentence')} {what}" for n, what in counts if n)
    parts = [tag("p", text(head), css="v-muted v-small")]
    at = 0
    while at < len(changes):
        if changes[at].kind != "same":
            parts.append(_sentence(changes[at]))
            at += 1
            continue
        end = at
        while end < len(changes) and changes[end].kind == "same":
            end += 1
        parts.append(_unchanged(changes[at:end], first=at == 0, last=end == len(changes)))
        at = end
    return tag("div", *parts, css="v-sentences")


def _unchanged(some: Sequence[Change], *, first: bool, last: bool) -> Markup:
    """A run of unchanged sentences: the one before a change and the one after it, the rest behind a line that opens."""
    texts = [one.new for one in some]
    before = texts[-1:] if not last else []
    after = texts[:1] if not first and (len(texts) > 1 or last) else []
    between = texts[len(after) : len(texts) - len(before)]
    parts = [words_of(one, name="p", css="v-same") for one in after]
    if between:
        summary = tag("summary", text(f"{words.many(len(between), 'sentence')} unchanged"))
        parts.append(tag("details", summary, *(words_of(one, name="p", css="v-same") for one in between)))
    return join([*parts, *(words_of(one, name="p", css="v-same") for one in before)])


def _sentence(one: Change) -> Markup:
    if one.kind == "added":
        return tag("p", _sign("added"), tag("ins", text(one.new)), css="v-came v-diff", dir="auto")
    if one.kind == "removed":
        return tag("p", _sign("taken out"), tag("del", text(one.old)), css="v-went v-diff", dir="auto")
    return tag("p", _sign("changed"), difference(one.old, one.new), css="v-turned v-diff", dir="auto")


def _sign(what: str) -> Markup:
    return tag("small", text(what))


def difference(before: str, after: str) -> Markup:
    """What was taken out and put in, by words; by lines where the texts are long."""
    a, b = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(a) + len(b) > _MOST_TOKENS:
        a, b = before.splitlines(keepends=True), after.splitlines(keepends=True)
    pieces: list[Markup] = []
    for op, a0, a1, b0, b1 in difflib.SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        if op == "equal":
            pieces.append(text("".join(a[a0:a1])))
            continue
        if a1 > a0:
            pieces.append(tag("del", text("".join(a[a0:a1]))))
        if b1 > b0:
            pieces.append(tag("ins", text("".join(b[b0:b1]))))
    return join(pieces)
