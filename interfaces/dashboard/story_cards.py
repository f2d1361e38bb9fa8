"""A story in a list, its days as bars, a quotation that leads to its document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import urlencode

from domain.story import Quote, StoryChange
from interfaces.dashboard import words
from interfaces.dashboard.context import Context
from interfaces.dashboard.markup import Markup, badge, join, label_badge, language_badge, shown, tag, text, words_of
from interfaces.dashboard.story_data import StoryLine
from interfaces.dashboard.words import many
from service.names import country_names

_BARS = 40


def story_line(ctx: Context, one: StoryLine) -> Markup:
    """A story in a list."""
    extra = {"lang": one.lang} if one.lang != "und" else {}
    head = text(shown(one.headline).strip() or "(no title)")
    title = tag("a", head, href=address(ctx, one.id), css="v-inner", dir="auto", **extra)
    meta = tag(
        "div",
        *(language_badge(lang) for lang in one.languages),
        tag("span", text(many(one.documents, "document"))),
        tag("span", text(f"{many(len(one.sources), 'source')} on their own account"), title=", ".join(one.sources)),
        tag("span", text(span(one.first.date(), one.last.date()))),
        words_of(", ".join(map(country, one.countries))),
        label_badge(one.label) if one.label else Markup(""),
        css="v-meta",
    )
    return tag("div", tag("div", tag("h4", title), bars(one.days), css="v-storyhead"), meta, css="v-card")


def address(ctx: Context, which: str) -> str:
    """The address of a story's page."""
    return "stories?" + urlencode(ctx.parameters(id=which))


def passage_address(ctx: Context, document: str, passage: int) -> str:
    """The address of a document at one of its passages."""
    return "document?" + urlencode(ctx.parameters(id=document, p=str(passage)))


def country(code: str) -> str:
    """A country's name."""
    return country_names().get(code, code)


def span(first: date, last: date) -> str:
    """The days from one to another, in words."""
    return words.day(first) if first == last else f"{words.day(first)} – {words.day(last)}"


def bars(days: Sequence[tuple[date, int]]) -> Markup:
    """Documents a day as small bars, the last forty days of them."""
    counts = dict(days)
    last = max(counts)
    first = max(min(counts), last - timedelta(days=_BARS - 1))
    shown_days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    most = max(counts[day] for day in counts)
    columns = []
    for day in shown_days:
        n = counts.get(day, 0)
        bar = tag("i", style=f"height:{max(6, round(100 * n / most))}%", css="" if n else "v-none")
        columns.append(tag("span", tag("span", bar, css="v-column"), css="v-weekday", title=f"{words.day(day)}: {n}"))
    said = f"documents a day, {span(first, last)}, at most {most}"
    return tag("span", *columns, css="v-week", role="img", aria_label=said)


def quotation(ctx: Context, quote: Quote, *, note: Markup | None = None) -> Markup:
    """Words of a document, with where they stand; the source leads there."""
    extra = {"lang": quote.lang} if quote.lang != "und" else {}
    there = passage_address(ctx, quote.document_id, quote.passage_id)
    where = tag("a", text(shown(quote.source)), href=there, css="v-inner", title=shown(quote.title))
    meta = tag("div", language_badge(quote.lang), where, tag("span", text(words.moment(quote.at))),
               label_badge(quote.label) if quote.label else Markup(""), note or Markup(""), css="v-meta")  # fmt: skip
    return tag("div", meta, tag("div", text(quote.text), css="v-quote", dir="auto", **extra))


def change(ctx: Context, one: StoryChange) -> Markup:
    """What became of a story: by whom, when, why."""
    said = {"merged": "was put together with", "split": "was parted from", "moved": "took a document from"}[one.what]
    other = tag("a", text("another story"), href=address(ctx, one.other_id), css="v-inner")
    by = words_of(one.by) if one.by else text("by itself")
    figures = ", ".join(
        f"{name} {value}" for name, value in one.figures.items() if isinstance(value, int | float | str)
    )
    return tag(
        "div",
        tag("div", badge(one.what, "closed"), tag("span", text(words.moment(one.at))), by, css="v-meta"),
        tag("div", text(f"This story {said} "), other, text(". "), words_of(one.reason)),
        tag("div", text(figures), css="v-muted v-small") if figures else Markup(""),
        css="v-line",
    )


def listed(values: Sequence[tuple[str, int]], name: str = "") -> Markup:
    """Names with counts."""
    several = (tag("span", words_of(value), tag("span", text(f" {n}"), css="v-muted v-n")) for value, n in values)
    return join(several, ", ") if values else tag("span", text(f"no {name}" if name else "–"), css="v-muted")
