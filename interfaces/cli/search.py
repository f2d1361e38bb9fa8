"""``vedette search``, ``show`` and ``delete``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from domain.document import Filters, Hit, Span
from domain.errors import InputError
from domain.jsonable import plain
from domain.label import Label
from domain.text import strip_invisible
from domain.time import end_of, start_of
from evaluation.rows import BadLine, read_rows, text_of, word_of
from index.store.documents import Shown
from interfaces.cli.common import Day, command, echo_json, event_json, event_line, left_out, opened, shown
from service.names import country_code
from service.search import MODES, Answer, Mode, Query, events_of
from service.search import delete as delete_documents
from service.search import search as answer
from service.versions import Difference, difference, look_up

_FILTERS = (
    click.option(
        "--lang", "langs", multiple=True, metavar="CODE", help="Only documents in this language (vi, en, zh ...)."
    ),
    click.option(
        "--country", "countries", multiple=True, metavar="CODE|NAME", help="Only documents that name this country."
    ),
    click.option("--source", "sources", multiple=True, metavar="NAME", help="Only documents of this source."),
    click.option("--since", type=Day(), help="Published on this day or later."),
    click.option("--until", type=Day(), help="Published before this day."),
    click.option("--as-of", type=Day(), help="Only what was known by the end of this day."),
)


def with_filters(function: Any) -> Any:
    """Give a command the filters of the contract."""
    for option in reversed(_FILTERS):
        function = option(function)
    return function


def filters_from(
    *, langs: tuple[str, ...] = (), countries: tuple[str, ...] = (), sources: tuple[str, ...] = (),
    since: date | None = None, until: date | None = None, as_of: date | None = None,
) -> Filters:  # fmt: skip
    """The filters that the options mean.

    Raises:
        QueryError: a country is none. InputError: the window ends before it begins.
    """
    if since is not None and until is not None and since > until:
        raise InputError(f"the window ends ({until}) before it begins ({since})", stage="search")
    return Filters(
        langs=frozenset(x.lower() for x in langs), countries=frozenset(country_code(x) for x in countries),
        sources=frozenset(sources), since=None if since is None else start_of(since),
        until=None if until is None else start_of(until), as_of=None if as_of is None else end_of(as_of),
    )  # fmt: skip


@click.command()
@click.argument("query", required=False)
@click.option("--batch", type=click.Path(path_type=Path), metavar="FILE.jsonl",
              help='Many questions at once, one {"id":..,"query":..} a line; prints one JSON object a line.')  # fmt: skip
@click.option("-k", type=click.IntRange(min=1), help="Hits a question.  [default: 10]")
@click.option("--mode", type=click.Choice(MODES), help="By meaning and words, meaning alone, or words alone.")
@with_filters
@command
def search(
    query: str | None, batch: Path | None, k: int | None, mode: Mode | None, home_path: str | None, as_json: bool,
    **filters: Any,
) -> None:  # fmt: skip
    """Search by meaning and by words. A hit is a document, shown by its best passage.

    \b
    vedette search "collision de navires près des Paracels"
    vedette search "rig" --country VN --since 2014-05-01 --as-of 2014-05-10 --json

    A line of a batch that is no question is named and left out, and the status is then 1.
    """
    if (query is None) == (batch is None):
        raise InputError("give a question or --batch FILE.jsonl", stage="search")
    queries, bad = ([Query("q1", query)], []) if query is not None else read_batch(batch or Path())
    chosen = filters_from(**filters)
    with opened(home_path) as home:
        answers = answer(home, queries, k=k, mode=mode, filters=chosen)
    for one in answers:
        if as_json or batch is not None:
            echo_json(answer_json(one))
        else:
            show_hits(one)
    left_out(bad)


def read_batch(path: Path) -> tuple[list[Query], list[BadLine]]:
    """The questions of a batch file, and the lines that are none.

    Raises:
        InputError: it cannot be read, or no line is an object with a query.
    """

    def make(row: dict[str, Any], n: int) -> Query:
        return Query(word_of(row, "id") or str(n), text_of(row, "query"))

    return read_rows(path, make, what="questions", stage="search")


def answer_json(one: Answer) -> dict[str, Any]:
    """An answer as the contract prints it; ``marks`` are the spans of the query's words in ``text``.

    ``read_as`` only stands where the query was typed in a way that had to be written out: its text, and the way.
    """
    head: dict[str, Any] = {"id": one.id, "query": one.query}
    if one.read_as is not None:
        head["read_as"] = {"text": one.read_as.text, "typed": one.read_as.typed}
    return head | {"hits": [hit_json(hit) for hit in one.hits]}


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit as the contract prints it."""
    return {
        "document_id": hit.document_id, "external_id": hit.external_id, "passage_id": hit.passage_id,
        "title": hit.title, "source": hit.source, "lang": hit.lang, "published": plain(hit.published), "url": hit.url,
        "score": round(hit.score, 6), "text": hit.text, "label": hit.label.text,
        "marks": [[m.start, m.end] for m in hit.marks],
    }  # fmt: skip


def show_hits(one: Answer) -> None:
    """Print hits for a person, the words of the question marked."""
    if one.read_as is not None:
        click.echo(f"read as: {shown(one.read_as.text)}  ({one.read_as.typed})")
    if not one.hits:
        click.echo("Nothing found. Fewer filters, other words, or --mode dense may help.")
    for n, hit in enumerate(one.hits, 1):
        day = hit.published.date().isoformat() if hit.published else "undated"
        label = "" if hit.label is Label.OPEN else f"  [{hit.label.text.upper()}]"
        click.secho(f"{n:2}. {shown(hit.title) or '(no title)'}", bold=True)
        click.echo(f"    {hit.lang}  {day}  {shown(hit.source)}  {hit.score:.3f}  {hit.document_id}{label}")
        click.echo(f"    {marked(hit)}")


def marked(hit: Hit, *, width: int = 300) -> str:
    """The part of the passage around the first marks, the marked words underlined."""
    first = hit.marks[0].start if hit.marks else 0
    begin = max(0, first - width // 3)
    out, at = [], begin
    for mark in (m for m in hit.marks if m.start >= begin and m.end <= begin + width):
        out += [shown_part(hit.text[at : mark.start]), click.style(hit.text[mark.start : mark.end], underline=True)]
        at = mark.end
    out.append(shown_part(hit.text[at : begin + width]))
    return ("…" if begin else "") + "".join(out) + ("…" if begin + width < len(hit.text) else "")


def shown_part(text: str) -> str:
    """Part of a text on one line."""
    return "".join(c if c.isprintable() else " " for c in strip_invisible(text))


@click.command()
@click.argument("document_id")
@click.argument("numbers", nargs=-1, type=click.IntRange(min=1), metavar="[N [M]]")
@click.option("--as-of", type=Day(), help="As it was known by the end of this day.")
@click.option("--diff", "differing", is_flag=True,
              help="What changed: from version N to M (the newest unless given), else from the last but one.")  # fmt: skip
@command
def show(
    document_id: str, numbers: tuple[int, ...], as_of: date | None, differing: bool, home_path: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Show a document by its id (or external id): versions, copies, entities, countries, coded events, text.

    \b
    vedette show d3f5... --diff         what its last change was
    vedette show d3f5... --diff 1 3     what changed from its first version to its third
    """
    if len(numbers) > 2 or (numbers and not differing):
        raise InputError("numbers of versions, two at most, go with --diff", stage="store")
    from service.stories import story_of

    with opened(home_path) as home:
        until = None if as_of is None else end_of(as_of)
        found = look_up(home, document_id, as_of=until)
        changed = difference(found, *numbers) if differing else None
        events = events_of(home, found.id, as_of=until)
        story = story_of(home, found.id, as_of=until) if as_json else None
    if as_json:
        value = shown_json(found)
        value |= {"events": [event_json(row) for row in events], "story": story}
        echo_json(value if changed is None else {**value, "diff": changed})
    elif changed is not None:
        show_difference(found, changed)
    else:
        show_text(found, events)


def shown_json(found: Shown) -> dict[str, Any]:
    """A document as the contract prints it."""
    newest = found.versions[-1]
    return {
        "document_id": found.id, "external_id": found.external_id, "source": found.source, "kind": found.kind,
        "url": found.url, "item": found.item, "title": newest.title, "lang": newest.lang,
        "published": newest.published, "label": Label(newest.label).text, "meta": newest.meta, "text": newest.text,
        "html": newest.html,
        "versions": [{"n": v.n, "title": v.title, "published": v.published, "known": v.known,
                      "known_basis": v.known_basis, "content_hash": v.content_hash} for v in found.versions],
        "copies": [{**plain(copy), "label": copy.label.text} for copy in found.copies],
        "passages": [{"passage_id": p.id, "start": p.start, "end": p.end, "text": p.text} for p in found.passages],
        "entities": [{"id": m.id, "kind": m.kind, "name": m.name, "country": m.country, "lat": m.lat, "lon": m.lon,
                      "start": m.start, "end": m.end, "surface": m.surface, "method": m.method} for m in found.mentions],
        "countries": dict(found.countries),
    }  # fmt: skip


def show_text(found: Shown, events: Sequence[Any] = ()) -> None:
    """Print a document for a person."""
    newest = found.versions[-1]
    show_head(found)
    for key, text in newest.meta.items():
        click.echo(f"  {key}: {shown(text if isinstance(text, str) else ', '.join(text))}")
    if len(found.versions) > 1:
        click.echo("versions: " + ", ".join(f"{v.n} (known {v.known:%Y-%m-%d %H:%M})" for v in found.versions))
    for copy in found.copies:
        share = "" if copy.share is None or copy.how == "exact" else f", {100 * copy.share:.0f} % of the shorter text"
        where = copy.document_id or copy.url or copy.external_id or ""
        until = "" if copy.until is None else f" until {copy.until:%Y-%m-%d %H:%M}"
        when = f"known {copy.known:%Y-%m-%d %H:%M}{until}"
        click.echo(f"  {copy.how} copy: {shown(copy.source)}, {when}{share}  {shown(where)}")
    names = dict.fromkeys(f"{m.name} ({m.country or m.kind})" for m in found.mentions)
    click.echo("names: " + (shown(", ".join(names)) or "none"))
    for row in events:
        click.echo(f"event: {event_line(row)}")
    click.echo()
    click.echo("\n".join(shown(line) for line in newest.text.splitlines()))


def show_head(found: Shown) -> None:
    """Print what a document is, in two lines."""
    newest = found.versions[-1]
    click.secho(shown(newest.title), bold=True)
    day = newest.published.date().isoformat() if newest.published else "undated"
    click.echo(f"{found.id}  {newest.lang}  {day}  {shown(found.source)}  {Label(newest.label).text}")


def show_difference(found: Shown, changed: Difference) -> None:
    """Print the sentences that came (+), went (-) or were changed, the words that differ in brackets; count the rest."""
    show_head(found)
    click.echo(f"version {changed.old} (known {changed.old_known:%Y-%m-%d %H:%M}) -> "
               f"{changed.new} (known {changed.new_known:%Y-%m-%d %H:%M})")  # fmt: skip
    same = 0
    heading = () if changed.title is None else (changed.title,)
    for one in (*heading, *changed.changes, None):
        if one is not None and one.kind == "same":
            same += 1
            continue
        if same:
            click.secho(f"  ... {same} sentence{'s' if same > 1 else ''} unchanged", dim=True)
            same = 0
        if one is not None and one.kind in ("removed", "changed"):
            click.secho(f"- {bracketed(one.old, one.old_marks, '[-', '-]')}", fg="red")
        if one is not None and one.kind in ("added", "changed"):
            click.secho(f"+ {bracketed(one.new, one.new_marks, '[+', '+]')}", fg="green")


def bracketed(text: str, marks: Sequence[Span], before: str, after: str) -> str:
    """A sentence with its marked words between brackets."""
    out, at = [], 0
    for mark in marks:
        out += [shown_part(text[at : mark.start]), before, shown_part(text[mark.start : mark.end]), after]
        at = mark.end
    return "".join([*out, shown_part(text[at:])])


@click.command()
@click.argument("document_id", required=False)
@click.option("--external-id", metavar="ID", help="Delete what carries this id of its source.")
@command
def delete(document_id: str | None, external_id: str | None, home_path: str | None, as_json: bool) -> None:
    """Delete a document with all its versions: at once it is in no answer, series, alert or briefing."""
    if (document_id is None) == (external_id is None):
        raise InputError("give a document's id or --external-id ID", stage="store")
    with opened(home_path) as home:
        gone = delete_documents(home, document=document_id, external_id=external_id)
    if as_json:
        echo_json({"deleted": gone})
    else:
        click.echo(f"deleted {', '.join(gone)}")
