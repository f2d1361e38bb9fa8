"""Daily series: which of them a document counts for, and their counts and exposure by day.

The work grows with the documents of a day, not with the pairs of countries there could be: a series exists once a
document counts for it, and only the series that a day's documents touched need to be judged that day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations

from domain.alert import Series, SeriesKey

PROMINENT_SHARE = 1 / 3
"""A country is prominent in a document from this share of the most mentioned one's mentions on."""

MOST_IN_DYADS = 4
"""At most so many countries of one document form dyads: six dyads a document."""

MOST_COUNTRIES = 8
"""At most so many countries of one document are counted in country series."""


def country(code: str) -> SeriesKey:
    """The series of one country.

    Raises:
        ValueError: the code is empty.
    """
    if not code:
        raise ValueError("a country series needs a country code")
    return SeriesKey("country", (code,))


def dyad(one: str, other: str) -> SeriesKey:
    """The series of two countries, in either order.

    Raises:
        ValueError: a code is empty or has a hyphen (the written key could not be read back), or both are the same.

    >>> str(dyad("VN", "CN"))
    'dyad:CN-VN'
    """
    low, high = sorted((one, other))
    if not low or low == high or "-" in low or "-" in high:
        raise ValueError(f"not two countries: {one!r} and {other!r}")
    return SeriesKey("dyad", (low, high))


def watchlist(name: str) -> SeriesKey:
    """The series of one watchlist.

    Raises:
        ValueError: the name is empty.
    """
    if not name:
        raise ValueError("a watchlist series needs the watchlist's name")
    return SeriesKey("watchlist", (name,))


def _ranked(countries: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Countries by mentions, most first, ties in the order of first appearance; entries of one country are added."""
    total: dict[str, int] = {}
    for code, mentions in countries:
        if code and mentions > 0:
            total[code] = total.get(code, 0) + mentions
    return sorted(total.items(), key=lambda pair: -pair[1])


def _prominent(countries: Iterable[tuple[str, int]], *, most: int, share: float) -> tuple[str, ...]:
    ranked = _ranked(countries)
    if not ranked:
        return ()
    enough = [(code, n) for code, n in ranked if n >= share * ranked[0][1]]
    if len(enough) > most:
        # Which of the equally mentioned come first is an accident of the text: a tie across the cap is left out whole.
        cut = enough[most][1]
        enough = [(code, n) for code, n in enough if n > cut]
    return tuple(code for code, _ in enough)


def countries_of(countries: Iterable[tuple[str, int]], *, most: int = MOST_COUNTRIES) -> tuple[str, ...]:
    """The countries in whose series a document counts: its prominent ones, at most ``most``."""
    return _prominent(countries, most=most, share=PROMINENT_SHARE)


def dyads_of(
    countries: Iterable[tuple[str, int]], *, most: int = MOST_IN_DYADS, share: float = PROMINENT_SHARE
) -> tuple[SeriesKey, ...]:
    """The dyads a document counts for, sorted: the pairs of its prominent countries.

    ``countries`` are (code, mentions) in the order of first appearance. A country is prominent when it is mentioned at
    least ``share`` as often as the most mentioned one. At most ``most`` countries form pairs; where more are prominent
    the less mentioned go, and with them all that are mentioned equally often. A round-up that names twelve countries
    once each therefore counts for no dyad, and a report on two countries that names five others in passing counts
    for one.

    >>> [str(key) for key in dyads_of([("VN", 6), ("CN", 5), ("PH", 1), ("US", 1)])]
    ['dyad:CN-VN']
    >>> dyads_of((code, 1) for code in ("FR", "DE", "IT", "ES", "PL", "SE"))
    ()
    """
    chosen = _prominent(countries, most=most, share=share)
    return tuple(sorted(dyad(a, b) for a, b in combinations(chosen, 2)))


def keys_of(countries: Sequence[tuple[str, int]], *, watchlists: Iterable[str] = ()) -> frozenset[SeriesKey]:
    """Every series that one document counts for: its countries, its dyads and the watchlists that it matched."""
    return frozenset(
        [country(code) for code in countries_of(countries)]
        + list(dyads_of(countries))
        + [watchlist(name) for name in watchlists]
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """What a set of documents adds: documents a series and day, documents a day (the exposure), and whose they are.

    ``documents[key, day]`` are the ids behind a count, by which the policy sees that two alerts tell of one thing.
    """

    counts: Mapping[SeriesKey, Mapping[date, int]] = field(default_factory=dict)
    exposure: Mapping[date, int] = field(default_factory=dict)
    documents: Mapping[tuple[SeriesKey, date], frozenset[str]] = field(default_factory=dict)

    def changed(self, day: date) -> frozenset[SeriesKey]:
        """The series that got a document on the day: those that the day's scan has to judge."""
        return frozenset(key for key, days in self.counts.items() if days.get(day))


def tally(documents: Iterable[tuple[str, date, Iterable[SeriesKey]]]) -> Tally:
    """Count documents, given as (id, day, the series it counts for). A document given twice counts once a day.

    >>> from datetime import date
    >>> key, day = dyad("CN", "VN"), date(2014, 5, 2)
    >>> result = tally([("d1", day, [key]), ("d2", day, [key]), ("d3", day, [])])
    >>> result.counts[key][day], result.exposure[day]
    (2, 3)
    """
    read: dict[date, set[str]] = defaultdict(set)
    behind: dict[tuple[SeriesKey, date], set[str]] = defaultdict(set)
    for document, day, keys in documents:
        read[day].add(document)
        for key in keys:
            behind[key, day].add(document)
    counts: dict[SeriesKey, Counter[date]] = defaultdict(Counter)
    for (key, day), ids in behind.items():
        counts[key][day] = len(ids)
    return Tally(
        counts=dict(counts),
        exposure={day: len(ids) for day, ids in read.items()},
        documents={place: frozenset(ids) for place, ids in behind.items()},
    )


def build(
    key: SeriesKey, counts: Mapping[date, int], exposure: Mapping[date, int], *, first: date, last: date
) -> Series:
    """The series of the days ``[first, last)``; a day that a mapping does not have is 0.

    Raises:
        ValueError: the span is empty, or a count or an exposure in it is negative.
    """
    if first >= last:
        raise ValueError(f"{key}: the span from {first} to {last} is empty")
    days = [first + timedelta(days=i) for i in range((last - first).days)]
    result = Series(
        key=key,
        first=first,
        counts=tuple(counts.get(day, 0) for day in days),
        exposure=tuple(exposure.get(day, 0) for day in days),
    )
    for values, what in ((result.counts, "count"), (result.exposure, "exposure")):
        if min(values) < 0:
            raise ValueError(f"{key}: negative {what} on {days[values.index(min(values))]}")
    return result
