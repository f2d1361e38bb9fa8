"""The tables, split by subject. A change here needs an Alembic revision in ``migrations/versions``.

Instants are stored as microseconds since 1970 UTC (integers compare fast and keep order), days as ``YYYY-MM-DD``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData()
AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime as whole microseconds since 1970; a naive one is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To microseconds."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}")
        return (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From microseconds."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Day(TypeDecorator[date]):
    """A calendar day as ``YYYY-MM-DD``."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """To text."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """From text."""
        return None if value is None else date.fromisoformat(value)


meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))

# --- sources and failures
sources = Table(
    "sources", metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("kind", String, nullable=False, default="file"),
    Column("url", String, index=True),
    Column("lang", String),
    Column("country", String),
    Column("reliability", String, nullable=False, default="F"),
    Column("followed", Integer, nullable=False, default=0),
    Column("added", Instant, nullable=False),
    Column("last_attempt", Instant),
    Column("last_success", Instant),
    Column("failures", Integer, nullable=False, default=0),
    Column("last_error", Text),
    Column("etag", String),
    Column("last_modified", String),
    Column("region", String),
    Column("category", String),  # world news, ministry, organisation ...
    Column("settings", JSON, nullable=False, server_default="{}"),  # what its kind needs: a mapping, a mail folder ...
    Column("next_check", Instant),
    Column("interval", Integer),  # seconds between two checks, as learnt
    Column("retired", Instant),  # gone for good: not asked again
    Column("retired_reason", Text),
    Column("moving_to", String),  # where its last reading was permanently redirected to; believed at the second
    Column("moved_from", String),  # the address before a permanent redirect
    Column("hints", JSON, nullable=False, server_default="{}"),  # what its feed asks of readers: ttl, hours to skip
    Column("state", JSON, nullable=False, server_default="{}"),  # how far a mailbox or a list was read
    Column("label", Integer, nullable=False, server_default="0"),  # of all that is read from it, and of its name
)  # fmt: skip
readings = Table(
    "readings", metadata,  # every check of a source, whatever came of it
    Column("id", Integer, primary_key=True),
    Column("source_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("outcome", String, nullable=False),  # read | unchanged | empty | failed
    Column("status", Integer),
    Column("items", Integer, nullable=False, server_default="0"),
    Column("new", Integer, nullable=False, server_default="0"),
    Column("updated", Integer, nullable=False, server_default="0"),
    Column("duplicate", Integer, nullable=False, server_default="0"),
    Column("failed", Integer, nullable=False, server_default="0"),
    Column("newest", Instant),  # publication of its newest item
    Column("seconds", Float),
    Column("layout", String),  # what its pages or entries are made of, to notice a change
    Column("reason", Text),
)  # fmt: skip
Index("readings_source", readings.c.source_id, readings.c.at)
watched_files = Table(
    "watched_files", metadata,  # the files of a watched folder as they were when they were last looked at
    Column("source_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("path", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),  # nanoseconds since 1970
    Column("read", Instant),  # when it was stored as it is; None while it may still be growing
    sqlite_with_rowid=False,
)  # fmt: skip
failures = Table(
    "failures", metadata,
    Column("id", Integer, primary_key=True),
    Column("item", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("error", Text, nullable=False),
    Column("source", String, nullable=False, default=""),
    Column("origin", String, nullable=False),  # what to read again: a path or a URL
    Column("options", JSON, nullable=False, default=dict),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False, default=1),
    UniqueConstraint("item", "stage"),
)  # fmt: skip

# --- documents
documents = Table(
    "documents", metadata,
    Column("id", String, primary_key=True),
    Column("source_id", ForeignKey("sources.id"), nullable=False, index=True),
    Column("key", String, nullable=False),
    Column("external_id", String, index=True),
    Column("url", String, index=True),
    Column("item", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("first_known", Instant, nullable=False),
)  # fmt: skip
versions = Table(
    "versions", metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text),  # as marked up, made harmless; never what is searched
    Column("content_hash", String, nullable=False, index=True),
    Column("lang", String, nullable=False, index=True),
    Column("lang_confidence", Float, nullable=False),
    Column("published", Instant),
    Column("at", Instant, nullable=False, index=True),  # published, else known: what windows are about
    Column("known", Instant, nullable=False),
    Column("known_basis", String, nullable=False),
    Column("superseded", Instant),  # known time of the next version; None for the current one
    Column("label", Integer, nullable=False),
    Column("sentences", JSON, nullable=False),
    Column("meta", JSON, nullable=False),
    UniqueConstraint("document_id", "n"),
)  # fmt: skip
Index("versions_day", versions.c.at, versions.c.known, versions.c.superseded, versions.c.label)
passages = Table(
    "passages", metadata,
    Column("id", Integer, primary_key=True),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("n", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("words", Integer, nullable=False),
    sqlite_autoincrement=True,  # an id is never given twice: the derived indexes rely on it
)  # fmt: skip
vectors = Table(
    "vectors", metadata,
    Column("passage_id", ForeignKey("passages.id", ondelete="CASCADE"), primary_key=True),
    Column("encoder", String, primary_key=True),
    Column("vector", LargeBinary, nullable=False),  # float16, little endian
    Column("parts", LargeBinary),  # rows of its sentences (index.parts); None where it is one sentence or was not asked
)  # fmt: skip
changes = Table(
    "changes", metadata,  # the sequence that derived indexes are brought up to
    Column("seq", Integer, primary_key=True),
    Column("op", String, nullable=False),  # add | remove | touch: other times or label of its version
    Column("passage_id", Integer, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip

# --- who said it when, and who else said the same
sightings = Table(
    "sightings", metadata,  # every time a document was read and what it said then; of one day's alike, the last
    Column("document_id", String, primary_key=True),  # held, or carried by another: so no reference
    Column("known", Instant, primary_key=True),
    Column("content_hash", String, primary_key=True),
    Column("n", Integer, nullable=False),  # the order in which those of one instant were read
    sqlite_with_rowid=False,
)  # fmt: skip
carried = Table(
    "carried", metadata,  # exact copies of a version elsewhere: counted once, named all
    Column("id", Integer, primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("copy_id", String, nullable=False, index=True),  # what the copy would be called as a document
    Column("source_id", ForeignKey("sources.id"), nullable=False),
    Column("key", String, nullable=False),
    Column("external_id", String),
    Column("url", String),
    Column("item", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("published", Instant),
    Column("known", Instant, nullable=False),
    Column("known_basis", String, nullable=False),
    Column("superseded", Instant),  # when it came to say something else
    Column("label", Integer, nullable=False),
    Column("meta", JSON, nullable=False),
)  # fmt: skip
signatures = Table(
    "signatures", metadata,  # MinHash of each version's text
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("minhash", LargeBinary, nullable=False),
    Column("shingles", Integer, nullable=False),  # how many different ones the text has
    Column("agency", String),  # the news agency it credits
)  # fmt: skip
bands = Table(
    "bands", metadata,  # of the MinHash and of some sentences, for finding candidates
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)  # fmt: skip
near = Table(
    "near", metadata,  # near duplicates: a version and one that was stored before it
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("other_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("similarity", Float, nullable=False),  # Jaccard likeness of the two texts
    Column("share", Float, nullable=False),  # of the shorter text that stands in the other
    Column("how", String, nullable=False),  # near | wire
)  # fmt: skip
Index("near_other", near.c.other_id)
Index("bands_version", bands.c.version_id)

# --- entities
entities = Table(
    "entities", metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("country", String),
    Column("lat", Float),
    Column("lon", Float),
)  # fmt: skip
mentions = Table(
    "mentions", metadata,
    Column("id", Integer, primary_key=True),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("entity_id", ForeignKey("entities.id"), nullable=False, index=True),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("surface", Text, nullable=False),
    Column("method", String, nullable=False),
    Column("in_title", Integer, nullable=False, default=0),  # the offsets then count in the title
    Column("was", String),  # the entity it was read as, where an operator decided that it is another
)  # fmt: skip
version_countries = Table(
    "version_countries", metadata,
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("country", String, primary_key=True),
    Column("mentions", Integer, nullable=False),
    Column("n", Integer, nullable=False),  # order of first appearance
)  # fmt: skip
Index("version_countries_country", version_countries.c.country, version_countries.c.version_id)
version_series = Table(
    "version_series", metadata,  # the daily series that a version counts in, decided when it was analysed
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("series", String, primary_key=True),
)  # fmt: skip
Index("version_series_series", version_series.c.series, version_series.c.version_id)

# --- events
events = Table(
    "events", metadata,
    Column("id", String, primary_key=True),
    Column("day", Day, nullable=False, index=True),
    Column("known", Instant, nullable=False),
    Column("source_actor", Text, nullable=False),
    Column("target_actor", Text, nullable=False),
    Column("source_country", String),
    Column("target_country", String),
    Column("cameo", String, nullable=False),
    Column("goldstein", Float),
    Column("origin", String, nullable=False),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), index=True),
    Column("url", String),
    Column("mentions", Integer, nullable=False),
    Column("label", Integer, nullable=False),
    Column("external_id", String),  # the row's number in its table: "gdelt:1234"
    Column("report", String, index=True),  # alike for rows that tell one report twice
    Column("place", String, nullable=False, server_default=""),
    Column("place_country", String),
    Column("lat", Float),
    Column("lon", Float),
    Column("facts", JSON, nullable=False, server_default="{}"),  # fatalities, precision, notes ...
    Column("superseded", Instant),  # of a row that its table has changed since: when we knew the newer one
    Column("modality", String, nullable=False, server_default="done"),  # done | negated | future | hypothetical
    Column("confidence", Float),  # of the coder, 0 to 1
    Column("passage_id", Integer),  # of the document, where it was coded from one
)  # fmt: skip
codings = Table(
    "codings", metadata,  # which versions were coded, by which coder
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("coder", String, nullable=False),
    Column("events", Integer, nullable=False),
    Column("at", Instant, nullable=False),
)  # fmt: skip
Index("events_dyad", events.c.source_country, events.c.target_country, events.c.day)
Index("events_place", events.c.place_country, events.c.day)
event_aliases = Table(
    "event_aliases", metadata,  # rows folded into an earlier one that tells the same report
    Column("id", String, primary_key=True),
    Column("event_id", ForeignKey("events.id", ondelete="CASCADE"), nullable=False, index=True),
)  # fmt: skip
event_mentions = Table(
    "event_mentions", metadata,  # no key to events: a mention may come before its event, or of one that is not held
    Column("id", String, primary_key=True),
    Column("event_id", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("known", Instant, nullable=False),
    Column("later", Integer, nullable=False),  # after the event was first told: not in the event's own count
    Column("kind", String, nullable=False),
    Column("outlet", String, nullable=False),
    Column("identifier", String, nullable=False),  # the article's address, or a citation
    Column("sentence", Integer, nullable=False),
    Column("confidence", Integer, nullable=False),
    Column("tone", Float),
    Column("lang", String),
    Column("label", Integer, nullable=False),
)  # fmt: skip
Index("event_mentions_event", event_mentions.c.event_id, event_mentions.c.known)
gkg = Table(
    "gkg", metadata,  # what GDELT's Global Knowledge Graph says of an article; joined to documents by the address
    Column("id", String, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("known", Instant, nullable=False),
    Column("outlet", String, nullable=False),
    Column("identifier", String, nullable=False),
    Column("url", String, index=True),
    Column("published", Instant),
    Column("title", Text, nullable=False),
    Column("lang", String),
    Column("themes", JSON, nullable=False),
    Column("persons", JSON, nullable=False),
    Column("organisations", JSON, nullable=False),
    Column("places", JSON, nullable=False),  # [name, country, lat, lon, mentions]
    Column("quotations", JSON, nullable=False),  # [verb, quotation]
    Column("tone", Float),
    Column("positive", Float),
    Column("negative", Float),
    Column("words", Integer),
    Column("label", Integer, nullable=False),
)  # fmt: skip
gkg_countries = Table(
    "gkg_countries", metadata,
    Column("gkg_id", ForeignKey("gkg.id", ondelete="CASCADE"), primary_key=True),
    Column("country", String, primary_key=True),
    Column("mentions", Integer, nullable=False),
)  # fmt: skip
Index("gkg_countries_country", gkg_countries.c.country, gkg_countries.c.gkg_id)

# --- alerts
watchlists = Table(
    "watchlists", metadata,
    Column("name", String, primary_key=True),
    Column("definition", JSON, nullable=False),
    Column("revision", Integer, nullable=False, default=1),
)  # fmt: skip
watchlist_matches = Table(
    "watchlist_matches", metadata,
    Column("name", ForeignKey("watchlists.name", ondelete="CASCADE"), primary_key=True),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("passage_id", Integer, nullable=False),
    Column("why", Text, nullable=False),
)  # fmt: skip
Index("watchlist_matches_version", watchlist_matches.c.version_id)
alerts = Table(
    "alerts", metadata,
    Column("id", String, primary_key=True),
    Column("series", String, nullable=False, index=True),
    Column("opened", Day, nullable=False),
    Column("last", Day, nullable=False),
    Column("state", String, nullable=False),
    Column("score", Float, nullable=False),
    Column("label", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Column("acknowledged", Instant),
    Column("acknowledged_by", String),
    Column("note", Text),
)  # fmt: skip
alert_days = Table(
    "alert_days", metadata,  # the episode day by day, so that an alert can be shown as it stood on any of them
    Column("alert_id", ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Day, primary_key=True),
    Column("observed", Integer, nullable=False),
    Column("score", Float, nullable=False),
)  # fmt: skip
alert_documents = Table(
    "alert_documents", metadata,
    Column("alert_id", ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("passage_id", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
)  # fmt: skip
Index("alert_documents_document", alert_documents.c.document_id)
suppressions = Table(
    "suppressions", metadata,
    Column("series", String, primary_key=True),
    Column("day", Day, primary_key=True),
    Column("reason", Text, nullable=False),
)  # fmt: skip
mutes = Table(
    "mutes", metadata,
    Column("series", String, primary_key=True),
    Column("until", Instant),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
)  # fmt: skip
verdicts = Table(
    "verdicts", metadata,  # what officers said of alerts; no key to the alert, so that none is lost with it
    Column("id", Integer, primary_key=True),
    Column("alert_id", String, nullable=False, index=True),
    Column("desk", String, nullable=False),
    Column("series", String, nullable=False),
    Column("opened", Day, nullable=False),
    Column("right", Integer, nullable=False),  # 1 it was worth raising, 0 it was not
    Column("probability", Float),  # as it was raised, before what verdicts had taught
    Column("label", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("note", Text),
)  # fmt: skip
candidates = Table(
    "candidates", metadata,  # what was in question on a day, raised or not: by these a desk's threshold is chosen
    Column("series", String, primary_key=True),
    Column("day", Day, primary_key=True),
    Column("probability", Float, nullable=False),
    Column("score", Float, nullable=False),
    Column("label", Integer, nullable=False),
    sqlite_with_rowid=False,
)  # fmt: skip
Index("candidates_day", candidates.c.day)
desks = Table(
    "desks", metadata,
    Column("name", String, primary_key=True),
    Column("definition", JSON, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
)  # fmt: skip
desk_alerts = Table(
    "desk_alerts", metadata,  # an alert in a desk's inbox
    Column("alert_id", ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    Column("desk", String, primary_key=True),
    Column("day", Day, nullable=False),  # when it came there
    Column("state", String, nullable=False),  # new | acknowledged | snoozed
    Column("snoozed_until", Instant),
    Column("assigned_to", String),
    Column("changed", Instant, nullable=False),
    Column("by", String),
)  # fmt: skip
Index("desk_alerts_desk", desk_alerts.c.desk, desk_alerts.c.day)
outgoing = Table(
    "outgoing", metadata,  # the outbox: what has to leave the house, by which channel, once
    Column("id", Integer, primary_key=True),
    Column("key", String, nullable=False, unique=True),  # what it is and whom it is for: the same is not put in twice
    Column("kind", String, nullable=False),  # alert | escalation | digest
    Column("alert_id", String, index=True),  # no key to it: one withdrawn and raised again must not leave twice
    Column("desk", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("body", JSON, nullable=False),  # never a text of a document: what is said is made when it is sent
    Column("label", Integer, nullable=False),
    Column("created", Instant, nullable=False),
    # waiting | claimed | sent | uncertain | failed | withheld | withdrawn | dropped
    Column("state", String, nullable=False, server_default="waiting"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_try", Instant),
    Column("claimed", Instant),  # a sender has begun: it may have left
    Column("sent", Instant),
    Column("error", Text),
)  # fmt: skip
Index("outgoing_waiting", outgoing.c.state, outgoing.c.next_try)
forecasts = Table(
    "forecasts", metadata,  # every forecast as it was made, and its score when its day came
    Column("id", Integer, primary_key=True),
    Column("series", String, nullable=False),
    Column("made", Day, nullable=False),
    Column("horizon", Integer, nullable=False),  # days
    Column("what", String, nullable=False),  # onset | hostile | cooperative
    Column("method", String, nullable=False),  # the model, or the naive forecast beside it
    Column("body", JSON, nullable=False),  # probability, or mean and quantiles
    Column("label", Integer, nullable=False),
    Column("outcome", Float),
    Column("scores", JSON),
    Column("scored", Instant),
    UniqueConstraint("series", "made", "horizon", "what", "method"),
)  # fmt: skip
scenarios = Table(
    "scenarios", metadata,  # boards of weighted indicators
    Column("name", String, primary_key=True),
    Column("definition", JSON, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
)  # fmt: skip
backtests = Table(
    "backtests", metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("name", String, nullable=False),  # of the table replayed
    Column("body", JSON, nullable=False),
)  # fmt: skip

# --- entities' identity, as operators decided it
entity_decisions = Table(
    "entity_decisions", metadata,  # every merge, split, name and entity an operator made
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("what", String, nullable=False, index=True),  # merge | apart | split | add | name
    Column("entity_id", String, nullable=False, index=True),
    Column("body", JSON, nullable=False),
    Column("label", Integer, nullable=False),
    Column("undone", Instant),
    Column("undone_by", String),
)  # fmt: skip
entity_links = Table(
    "entity_links", metadata,  # an entity that is another: what is shown and counted is the last of the chain
    Column("entity_id", String, primary_key=True),
    Column("label", Integer, primary_key=True),  # who may see it; of several that may be seen the strictest holds
    Column("into_id", String, nullable=False, index=True),
    Column("how", String, nullable=False),  # operator | names
    Column("decision_id", ForeignKey("entity_decisions.id", ondelete="CASCADE")),
    Column("score", Float),
)  # fmt: skip
entity_names = Table(
    "entity_names", metadata,  # names that operators gave, beside those of the gazetteer
    Column("entity_id", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("label", Integer, primary_key=True),
    Column("lang", String, nullable=False),
    Column("decision_id", ForeignKey("entity_decisions.id", ondelete="CASCADE"), nullable=False),
)  # fmt: skip

# --- stories: grouped as documents arrive, once for each label that readers may be cleared for
stories = Table(
    "stories", metadata,
    Column("id", String, primary_key=True),
    Column("level", Integer, primary_key=True),  # the strictest label its documents may have
    Column("first", Instant, nullable=False),
    Column("last", Instant, nullable=False),
    Column("state", String, nullable=False),  # open | closed | merged
    Column("into_id", String),
    Column("body", JSON, nullable=False),
)  # fmt: skip
story_documents = Table(
    "story_documents", metadata,  # the story of each version, in the stream of each label that may see it
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("n", Integer, nullable=False),  # the order in which the stream took them
    Column("joined_id", String, nullable=False),  # the story that it came to
    Column("story_id", String, nullable=False),  # the one it is in since merges, splits and moves
    Column("score", Float),
    Column("copy", Integer, nullable=False),  # it repeats a report that is there already
    Column("pinned", Integer, nullable=False, server_default="0"),  # an operator put it there
    sqlite_with_rowid=False,
)  # fmt: skip
Index("story_documents_story", story_documents.c.level, story_documents.c.story_id)
Index("story_documents_n", story_documents.c.level, story_documents.c.n)
story_changes = Table(
    "story_changes", metadata,  # merges, splits and moves in order: the past can be read as it was
    Column("id", Integer, primary_key=True),
    Column("level", Integer, nullable=False),
    Column("at", Instant, nullable=False),  # when what led to it was known
    Column("what", String, nullable=False),  # merged | split | moved
    Column("story_id", String, nullable=False),  # where documents are from then on
    Column("other_id", String, nullable=False),  # where they were
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), index=True),  # of a move
    Column("by", String),  # the operator; None for the machine
    Column("body", JSON, nullable=False),  # the reason and its figures
)  # fmt: skip
Index("story_changes_story", story_changes.c.level, story_changes.c.story_id)

# --- encoders
embeddings = Table(
    "embeddings", metadata,  # vectors of all passages by one encoder: made, or being made
    Column("encoder", String, primary_key=True),
    Column("name", String, nullable=False),  # what the configuration calls it
    Column("state", String, nullable=False),  # running | stopped | complete | failed
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("started", Instant, nullable=False),
    Column("changed", Instant, nullable=False),
    Column("error", Text),
)  # fmt: skip

audit = Table(
    "audit", metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", Text, nullable=False, default=""),
)  # fmt: skip

# Beside these, the first revision makes ``passage_words`` (FTS5, without content of its own): the words of each
# passage as written and folded, rowid = passages.id, kept by the same transactions as the passages.
