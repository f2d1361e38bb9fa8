"""``vedette entities``."""

from __future__ import annotations

import json
from collections import Counter
from shlex import quote
from typing import Any

import click

from domain.errors import InputError
from domain.jsonable import plain
from domain.label import Label, parse_label
from index.store import decisions as store
from index.store.decisions import Decision
from interfaces.cli.alerts import user
from interfaces.cli.common import command, echo_json, opened, progress, shown
from service import entities as service
from service import entity_mentions, entity_views, suggesting
from service.entity_names import checked_kind, doubts
from service.entity_views import Line, View


@click.group()
def entities() -> None:
    """Persons, bodies and places in all scripts: who is who, as operators decide it.

    \b
    vedette entities list --like Putin                    Путин and プーチン too
    vedette entities merge name:person:путин person:vladimir-putin
    vedette entities split iso:GE --name Georgia --with Atlanta --into geo:4197000
    vedette entities add --kind person --name "Nguyễn Văn An" --country VN --again
    vedette entities undo 7

    A decision holds at once for all that is stored and for what is still to come, is kept with who made it, and can be
    undone. Entities are named by the ids that `list` and `show` print.
    """


_BY = click.option("--by", help="Who decides.  [default: the user at the terminal]")
_NOTE = click.option("--note", default="", help="Why.")
_LABEL = click.option("--label", help="Who may know of the decision, where more than the entities' own label asks.")
_AGAIN = click.option("--again", is_flag=True, help="Look for the names in all documents that are stored, too.")


@entities.command("list")
@click.option("--kind", help="person, organisation, body, office, place or country.")
@click.option("--country", help="Of this country, by code or name.")
@click.option("--like", metavar="TEXT", help="With a name that holds this, in any script that sounds like it.")
@click.option("--limit", type=int, default=50, show_default=True, help="So many, those in most documents first.")
@command
def list_(
    kind: str | None, country: str | None, like: str | None, limit: int, home_path: str | None, as_json: bool
) -> None:
    """The entities that documents name, those in most documents first; those that are one stand once."""
    with opened(home_path) as home:
        found = entity_views.listed(home, kind=kind, country=country, like=like, limit=limit)
    for one in found:
        echo_json(one) if as_json else _print_line(one)
    if not found and not as_json:
        click.echo("No document names such an entity.")


@entities.command("show")
@click.argument("entity")
@command
def show(entity: str, home_path: str | None, as_json: bool) -> None:
    """ENTITY with its names in all scripts, its documents by language, what is beside it, what was decided of it.

    ENTITY is its id, or a name; where several go by the name their ids are told.
    """
    with opened(home_path) as home:
        one = entity_views.view(home, entity)
    echo_json(view_json(one)) if as_json else _print_view(one)


@entities.command("merge")
@click.argument("entity")
@click.argument("into")
@_BY
@_NOTE
@_LABEL
@click.option("--force", is_flag=True, help="Though they are of different kinds, or both known to the gazetteer.")
@command
def merge(
    entity: str, into: str, by: str | None, note: str, label: str | None, force: bool, home_path: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Have ENTITY be INTO from now on, everywhere."""
    with opened(home_path) as home:
        made = service.merge(home, entity, into, by=_who(by), note=note, label=_label(label), force=force)
    _told(made, as_json)


@entities.command("apart")
@click.argument("entity")
@click.argument("other")
@_BY
@_NOTE
@_LABEL
@command
def apart(
    entity: str, other: str, by: str | None, note: str, label: str | None, home_path: str | None, as_json: bool
) -> None:
    """Say that ENTITY and OTHER are two: no names link them any more, and nothing proposes it."""
    with opened(home_path) as home:
        made = service.apart(home, entity, other, by=_who(by), note=note, label=_label(label))
    _told(made, as_json)


@entities.command("split")
@click.argument("entity")
@click.option("--name", required=True, metavar="N", help="As texts write it.")
@click.option("--lang", help="In documents of this language.")
@click.option("--country", help="In documents that name this country.")
@click.option("--with", "beside", multiple=True, metavar="TEXT", help="In documents with this word, or this entity.")
@click.option("--into", required=True, metavar="NEW", help="The id of another entity, or the name of a new one.")
@_BY
@_NOTE
@_LABEL
@command
def split(
    entity: str, name: str, lang: str | None, country: str | None, beside: tuple[str, ...], into: str, by: str | None,
    note: str, label: str | None, home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Have a name that is read as ENTITY mean another one in some documents.

    Where several conditions are given all must hold. It is applied to what is stored, and to what comes.
    """
    with opened(home_path) as home, progress(what="documents", as_json=as_json) as tell:
        made = service.split(
            home, entity, name, into=into, by=_who(by), lang=lang, country=country, beside=beside, note=note,
            label=_label(label), progress=tell,
        )  # fmt: skip
    _told(made, as_json)


@entities.command("add")
@click.option("--kind", required=True, help="person, organisation, body, office, place or country.")
@click.option("--name", required=True, metavar="N")
@click.option("--lang", help="Language of the name.")
@click.option("--country", help="Whose it is, by code or name.")
@click.option("--names", multiple=True, metavar="LANG:NAME", help='More names: "ru:Иван Иванов"; or a JSON object.')
@click.option("--id", "entity", help="Its id.  [default: made of kind and name]")
@_AGAIN
@_BY
@_NOTE
@_LABEL
@command
def add(
    kind: str, name: str, lang: str | None, country: str | None, names: tuple[str, ...], entity: str | None,
    again: bool, by: str | None, note: str, label: str | None, home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Add an entity that no gazetteer knows, with its names in any language; documents are searched for them."""
    more = [pair for one in names for pair in _names(one)]
    with opened(home_path) as home:
        made = service.add(
            home, kind, name, by=_who(by), lang=lang, country=country, names=more, entity=entity, note=note,
            label=_label(label),
        )  # fmt: skip
        found = _look(home, made.entity_id, again, as_json)
    _told(made, as_json, found=found, warnings=[x for one in (name, *(n for _, n in more)) for x in doubts(one)])


@entities.command("name")
@click.argument("entity")
@click.argument("name")
@click.option("--lang", help="Language of the name.")
@_AGAIN
@_BY
@_NOTE
@_LABEL
@command
def name_(
    entity: str, name: str, lang: str | None, again: bool, by: str | None, note: str, label: str | None,
    home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Have ENTITY go by NAME too."""
    with opened(home_path) as home:
        made = service.name(home, entity, name, by=_who(by), lang=lang, note=note, label=_label(label))
        found = _look(home, made.entity_id, again, as_json)
    _told(made, as_json, found=found, warnings=doubts(name))


@entities.command("again")
@click.argument("entity", required=False)
@command
def again_(entity: str | None, home_path: str | None, as_json: bool) -> None:
    """Look for the names that operators gave (to ENTITY, or to all) in every document that is stored."""
    with opened(home_path) as home, progress(what="documents", as_json=as_json) as tell:
        found = entity_mentions.again(home, entity, progress=tell)
    echo_json(found) if as_json else click.echo(f"{found.mentions} mentions in {found.documents} documents")


@entities.command("suggest")
@click.option("--kind", help="person, organisation, body or office.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--link", is_flag=True, help="Link those that are beyond doubt first (and what was so linked, anew).")
@command
def suggest(kind: str | None, limit: int, link: bool, home_path: str | None, as_json: bool) -> None:
    """Pairs of entities that are probably one, with what speaks for it; `merge` or `apart` decides.

    Names that sound alike propose them; the countries and entities in the same documents and their days speak for
    them. With --link full names that sound the same in two scripts, in documents about the same, are made one without
    anybody; `apart` parts such a pair for good.
    """
    what = None if kind is None else checked_kind(kind).value
    with opened(home_path) as home:
        linked = suggesting.link_sure(home) if link else []
        found = suggesting.suggest(home, limit=limit, kind=what)
    for pair in linked:
        echo_json({"linked": plain(pair)}) if as_json else click.echo(
            shown(f"linked  {pair.score:.2f}  {pair.names[0]} is {pair.names[1]}  ({pair.one} -> {pair.other})"))  # fmt: skip
    for one in found:
        if as_json:
            echo_json(one)
            continue
        pair = one.pair
        sure = "  sure" if pair.sure else ""
        click.secho(shown(f"{pair.score:.2f}  {pair.names[0]} = {pair.names[1]}?{sure}"), bold=True)
        click.echo(shown(f"      {one.kind}; names {pair.likeness:.2f}, context {pair.context:.2f}"))
        click.echo(shown(f"      vedette entities merge {quote(pair.one)} {quote(pair.other)}"))
        for each in one.evidence:
            click.echo(shown(f"      {each.lang}  {each.at:%Y-%m-%d}  {each.source}: {each.text}"))
    if not found and not as_json:
        click.echo("No two entities look like one.")


@entities.command("undo")
@click.argument("decision", type=int)
@_BY
@command
def undo(decision: int, by: str | None, home_path: str | None, as_json: bool) -> None:
    """Take DECISION back; that it was made is kept."""
    with opened(home_path) as home, progress(what="documents", as_json=as_json) as tell:
        one = service.undo(home, decision, by=_who(by), progress=tell)
    echo_json(decision_json(one)) if as_json else click.echo(f"undone: {decision_line(one)}")


@entities.command("decisions")
@click.option("--what", type=click.Choice(store.WHATS), help="Only such ones.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@command
def decisions_(what: store.What | None, limit: int, home_path: str | None, as_json: bool) -> None:
    """What was decided, by whom and when, the newest first."""
    with opened(home_path) as home, home.read() as c:
        found = store.decided(c, clearance=home.settings.reader.clearance, what=what, limit=limit)
    for one in found:
        echo_json(decision_json(one)) if as_json else click.echo(decision_line(one))
    if not found and not as_json:
        click.echo("Nothing was decided.")


# --- what they share


def _who(by: str | None) -> str:
    who = " ".join((by or user()).split())
    if not who or len(who) > 80:
        raise InputError("say in up to 80 characters who decides", item=who[:80], stage="entities")
    return who


def _label(text: str | None) -> Label | None:
    if text is None:
        return None
    try:
        return parse_label(text)
    except ValueError as error:
        raise InputError(str(error), item=text, stage="entities") from error


def _names(text: str) -> list[tuple[str, str]]:
    """``ru:Иван Иванов``, or a JSON object of languages with a name or a list of names."""
    if text.lstrip().startswith("{"):
        try:
            told = json.loads(text)
        except ValueError as error:
            raise InputError(f"is no JSON object: {error}", item=text[:60], stage="entities") from error
        pairs = [(lang, one) for lang, its in told.items() for one in (its if isinstance(its, list) else [its])]
        if not all(isinstance(one, str) for _, one in pairs):
            raise InputError("names are texts", item=text[:60], stage="entities")
        return pairs
    lang, colon, name = text.partition(":")
    if not colon:
        raise InputError("is not LANG:NAME", item=text[:60], stage="entities")
    return [(lang, name)]


def _look(home: Any, entity: str, again: bool, as_json: bool) -> entity_mentions.Found | None:
    if not again:
        return None
    with progress(what="documents", as_json=as_json) as tell:
        return entity_mentions.again(home, entity, progress=tell)


def decision_json(one: Decision) -> dict[str, Any]:
    """A decision as it is printed."""
    return {**plain(one), "entities": list(one.entities)}


def decision_line(one: Decision) -> str:
    """A decision on one line."""
    body = one.body
    what = {
        "merge": f"{one.entity_id} is {body.get('into')}",
        "apart": f"{one.entity_id} is not {body.get('other')}",
        "split": f"{one.entity_id} written {body.get('name')} is {body.get('into')}" + "".join(
            f", {word} {body[key]}" for key, word in (("lang", "in"), ("country", "naming")) if body.get(key)
        ) + "".join(f", with {x}" for x in body.get("with") or ()),
        "name": f"{one.entity_id} goes by {body.get('name')} ({body.get('lang')})",
        "add": f"{one.entity_id} is a {body.get('kind')}, {body.get('name')}",
    }[one.what]  # fmt: skip
    note = f"  ({body['note']})" if body.get("note") else ""
    gone = f"  undone by {one.undone_by} {one.undone:%Y-%m-%d %H:%M}" if one.undone else ""
    label = "" if one.label is Label.OPEN else f"  [{one.label.text}]"
    return shown(f"{one.id:5}  {one.at:%Y-%m-%d %H:%M}  {one.by}  {one.what}: {what}{note}{label}{gone}")


def _told(
    made: Decision, as_json: bool, *, found: entity_mentions.Found | None = None, warnings: list[str] | None = None
) -> None:
    for one in warnings or ():
        click.echo(f"vedette: look twice: {shown(one)}", err=True)
    if as_json:
        more = {} if found is None else {"found": plain(found)}
        echo_json(decision_json(made) | more | {"warnings": warnings or []})
        return
    click.echo(decision_line(made))
    if found is not None:
        click.echo(f"       {found.mentions} mentions in {found.documents} stored documents")


def view_json(one: View) -> dict[str, Any]:
    """An entity as it is printed."""
    days: Counter[str] = Counter()
    for day, _, n in one.days:
        days[day.isoformat()] += n
    return {**plain(one), "days": dict(days), "decisions": [decision_json(x) for x in one.decisions]}


def _print_line(one: Line) -> None:
    langs = ", ".join(f"{lang} {n}" for lang, n in one.languages.items())
    more = f"  +{len(one.ids) - 1} ids" if len(one.ids) > 1 else ""
    click.echo(shown(f"{one.documents:6}  {one.kind:12}  {one.country or '  '}  {one.name}  {one.id}  ({langs}){more}"))


def _print_view(one: View) -> None:
    click.secho(shown(one.name), bold=True)
    click.echo(shown(f"{one.id}  {one.kind}  {one.country or ''}  {one.label.text}"))
    for each in one.links:
        click.echo(shown(f"    {each[0]} is {each[1]} ({each[2]})"))
    written: dict[str, list[str]] = {}
    for x in one.written:
        written.setdefault(x.lang, []).append(f"{x.name} ({x.mentions})")
    for lang, names in written.items():
        click.echo(shown(f"  {lang:4} {', '.join(names[:12])}"))
    given = [f"{x.name} [{x.lang}]" for x in one.names if x.by == "operator"]
    if given:
        click.echo(shown(f"names given: {', '.join(given)}"))
    langs = ", ".join(f"{lang} {n}" for lang, n in one.languages.items())
    span = f", {one.days[0][0]} to {one.days[-1][0]}" if one.days else ""
    click.echo(shown(f"{one.documents} documents, {one.mentions} mentions ({langs}){span}"))
    if one.beside:
        click.echo(shown("beside it: " + ", ".join(f"{name} ({n})" for _, name, n in one.beside)))
    for seen in one.newest[:10]:
        click.echo(shown(f"  {seen.at:%Y-%m-%d}  {seen.lang}  {seen.document_id}  {seen.title}"))
    for made in one.decisions:
        click.echo(decision_line(made))
