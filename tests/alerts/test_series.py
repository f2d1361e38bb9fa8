from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.series import build, countries_of, country, dyad, dyads_of, keys_of, tally, watchlist
from domain.alert import parse_series

DAY = date(2014, 5, 2)
codes = st.sampled_from([a + b for a in "ABCDE" for b in "XYZ"])
mentions = st.lists(st.tuples(codes, st.integers(0, 9)), max_size=30)


@given(mentions)
def test_a_document_never_counts_for_more_than_six_dyads_of_prominent_countries(found: list[tuple[str, int]]) -> None:
    dyads = dyads_of(found)
    assert len(dyads) <= 6
    assert list(dyads) == sorted(set(dyads))
    total: dict[str, int] = {}
    for code, n in found:
        total[code] = total.get(code, 0) + n
    for key in dyads:
        assert min(total[code] for code in key.subject) >= max(total.values()) / 3
        assert parse_series(str(key)) == key


def test_passing_mentions_form_no_dyad() -> None:
    found = [("VN", 6), ("CN", 5), ("PH", 1), ("US", 1)]
    assert [str(key) for key in dyads_of(found)] == ["dyad:CN-VN"]
    assert countries_of(found) == ("VN", "CN")


def test_a_round_up_forms_no_dyad_but_a_leading_pair_in_it_does() -> None:
    crowd = [(code, 1) for code in ("FR", "DE", "IT", "ES", "PL", "SE")]
    assert dyads_of(crowd) == ()
    assert [str(key) for key in dyads_of([("CN", 3), ("VN", 3), *crowd])] == ["dyad:CN-VN"]


def test_a_short_text_that_names_each_once_forms_its_dyads() -> None:
    assert len(dyads_of([("CN", 1), ("VN", 1), ("US", 1)])) == 3


@pytest.mark.parametrize(("one", "other"), [("CN", "CN"), ("", "VN"), ("GUINEA-BISSAU", "VN")])
def test_what_is_no_dyad_is_refused(one: str, other: str) -> None:
    with pytest.raises(ValueError, match="not two countries"):
        dyad(one, other)


def test_the_keys_of_a_document() -> None:
    keys = keys_of([("VN", 2), ("CN", 2)], watchlists=["rig"])
    assert keys == {country("CN"), country("VN"), dyad("CN", "VN"), watchlist("rig")}
    assert keys_of([]) == frozenset()


def test_only_what_a_days_documents_touched_has_changed() -> None:
    other = date(2014, 5, 3)
    counted = tally([("a", DAY, [country("VN")]), ("b", other, [country("CN"), country("VN")]), ("b", other, [])])
    assert counted.changed(DAY) == {country("VN")}
    assert counted.changed(other) == {country("VN"), country("CN")}
    assert counted.exposure == {DAY: 1, other: 1}
    assert counted.documents[country("VN"), other] == {"b"}


def test_build_fills_the_days_without_documents() -> None:
    series = build(country("VN"), {DAY: 2}, {DAY: 9}, first=date(2014, 5, 1), last=date(2014, 5, 4))
    assert (series.counts, series.exposure, series.day(1)) == ((0, 2, 0), (0, 9, 0), DAY)


def test_build_names_the_series_and_the_day_of_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="country:VN: negative count on 2014-05-02"):
        build(country("VN"), {DAY: -1}, {}, first=DAY, last=date(2014, 5, 4))
    with pytest.raises(ValueError, match=r"country:VN: the span .* is empty"):
        build(country("VN"), {}, {}, first=DAY, last=DAY)
