"""One story: what happened day by day, how each side tells it, its documents, what became of it."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from domain.document import Hit
from domain.errors import QueryError
from domain.story import Account, Contrast, StoryDocument, StoryView
from interfaces.dashboard import charts, story_data, style, words
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import (
    Mark,
    Markup,
    badge,
    excerpt,
    facts,
    join,
    label_badge,
    language_badge,
    marked,
    notice,
    table,
    tag,
    text,
    words_of,
)
from interfaces.dashboard.story_cards import change, country, listed, passage_address, quotation, span
from interfaces.dashboard.words import many

_MOST_LINES, _MOST_HITS = 60, 10


def draw(ctx: Context, told: StoryView) -> None:
    """Draw it."""
    originals = [document for document in told.documents if not document.copy]
    copies = len(told.documents) - len(originals)
    style.heading(told.headline, f"A story as known by the end of {words.day(ctx.scope.day)}")
    meta = [
        language_badge(told.headline_lang),
        badge(told.state, "open" if told.state == "open" else "closed", hint="closed: nothing new for some days"),
        tag("span", text(span(told.first.date(), told.last.date()))),
        tag(
            "span", text(many(len(originals), "report") + (f" and {many(copies, 'copy', 'copies')}" if copies else ""))
        ),
        _label(told),
    ]
    st.html(tag("div", *meta, css="v-meta"))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _timeline(ctx, told)
    with right:
        _made_of(told)
        _search(ctx, told)
    _accounts(ctx, told)
    _documents(ctx, told)
    style.sub("What became of it", "merges and splits, by the machine or by an operator")
    if told.changes:
        st.html(join(change(ctx, one) for one in told.changes))
    else:
        st.html(notice("plain", "It was neither merged nor split"))
    ctx.link("stories", "All stories", icon=":material/arrow_back:")


def _label(told: StoryView) -> Markup:
    label = max(document.label for document in told.documents)
    return label_badge(label) if label else Markup("")


def _timeline(ctx: Context, told: StoryView) -> None:
    style.sub("Day by day", "documents by language, and the sentence that told most that was new")
    counts: dict[tuple[str, str], int] = {}
    for document in told.documents:
        key = (document.at.date().isoformat(), document.lang)
        counts[key] = counts.get(key, 0) + 1
    if len(told.timeline) > 1:
        days = {day.day.isoformat(): day.day for day in told.timeline}
        rows = [(days[day], words.language(lang), n) for (day, lang), n in sorted(counts.items())]
        chart = charts.by_day(rows, first=told.timeline[0].day, last=told.timeline[-1].day, what="language")
        st.altair_chart(chart, width="stretch")
    for day in told.timeline:
        n = many(day.documents, "document") + (f", {many(day.copies, 'copy', 'copies')} of them" if day.copies else "")
        head = tag("div", tag("b", text(words.day(day.day))), tag("span", text(n)), css="v-meta")
        st.html(tag("div", head, quotation(ctx, day.new) if day.new else Markup(""), css="v-line"))


def _made_of(told: StoryView) -> None:
    style.sub("Who tells it", "a report that several carry counts once")
    rows = [
        ("languages", listed([(words.language(lang), n) for lang, n in told.languages])),
        ("sources", listed(told.sources)),
        ("their countries", listed([(country(code), n) for code, n in told.outlet_countries], "country known")),
        ("it names", listed([(country(code), n) for code, n in told.countries[:12]], "country")),
    ]
    st.html(tag("div", facts(rows), css="v-card"))


def _search(ctx: Context, told: StoryView) -> None:
    style.sub("Search within")
    question = st.text_input("Search within this story", key=f"within_{told.id}", max_chars=400,
                             placeholder="In any language", label_visibility="collapsed").strip()  # fmt: skip
    if not question:
        return
    try:
        hits = story_data.within(ctx.scope, told, question)
    except QueryError as error:
        st.html(notice("warn", "That cannot be asked", text(str(error))))
        return
    if not hits:
        st.html(notice("plain", "None of its documents says so"))
    for hit in hits[:_MOST_HITS]:
        st.html(_hit(ctx, hit))


def _hit(ctx: Context, hit: Hit) -> Markup:
    marks = [(mark.start, mark.end) for mark in hit.marks]
    start, end = excerpt(hit.text, marks, length=280)
    said = marked(hit.text, [Mark(a, b, "") for a, b in marks], start=start, end=end)
    where = tag("a", text(hit.source), href=passage_address(ctx, hit.document_id, hit.passage_id), css="v-inner")
    meta = tag("div", language_badge(hit.lang), where, tag("span", text(words.moment(hit.published))),
               label_badge(hit.label) if hit.label else Markup(""), css="v-meta")  # fmt: skip
    return tag("div", meta, tag("div", said, css="v-quote", dir="auto"), css="v-line")


def _accounts(ctx: Context, told: StoryView) -> None:
    style.sub("How each country's press tells it", "what sets its account apart from the others'; figures and names "
              "that it alone gives")  # fmt: skip
    if len(told.accounts) < 2:
        st.html(notice("plain", "Only one side tells it, or none says what the others do not"))
        if not told.accounts:
            return
    st.html(tag("div", *(_account(ctx, one) for one in told.accounts), css="v-three"))


def _account(ctx: Context, one: Account) -> Markup:
    name = country(one.side) if one.basis == "country" else f"In {words.language(one.side)}"
    hint = "by the country of its outlets" if one.basis == "country" else "its outlets' country is not known"
    meta = tag("div", tag("span", text(many(one.documents, "report"))), words_of(", ".join(one.sources)), css="v-meta")
    said = join(_contrast(ctx, each) for each in one.contrasts)
    return tag("div", tag("h4", text(name), title=hint), meta, said, css="v-card")


def _contrast(ctx: Context, each: Contrast) -> Markup:
    alone = [*each.figures, *each.names]
    only = tag("div", text("only here: "), words_of(", ".join(alone)), css="v-muted v-small") if alone else Markup("")
    return tag("div", quotation(ctx, each.quote), only, css="v-line")


def _documents(ctx: Context, told: StoryView) -> None:
    style.sub("Its documents", "oldest first")
    with st.container(key="story_documents", gap="small"):
        lines = [_document(ctx, document) for document in told.documents[:_MOST_LINES]]
        st.html(table(("when", "source", "language", "title", ""), lines, css="v-tight"))
    if len(told.documents) > _MOST_LINES:
        more = f"{len(told.documents) - _MOST_LINES} more are not listed."
        st.html(tag("p", text(more), css="v-muted v-small"))


def _document(ctx: Context, one: StoryDocument) -> list[Markup]:
    extra = {"lang": one.lang} if one.lang != "und" else {}
    title = tag("a", text(one.title or "(no title)"), href="document?" + urlencode(ctx.parameters(id=one.document_id)),
                css="v-inner", dir="auto", **extra)  # fmt: skip
    where = tag("span", words_of(one.source), text(f" ({country(one.country)})" if one.country else ""))
    marks = [badge("copy", "wire", hint="repeats a report that is there already")] if one.copy else []
    if one.label:
        marks.append(label_badge(one.label))
    return [tag("span", text(words.moment(one.at)), css="v-n"), where, language_badge(one.lang), title, join(marks)]
