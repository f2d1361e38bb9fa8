from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from index.store.history import END, Piece, Run, Sighting, plan, runs

DAY = datetime(2014, 5, 1, tzinfo=UTC)


def at(n: int) -> datetime:
    return DAY + timedelta(days=n)


def piece(id: int, known: int, until: int | None, content: str, kind: str = "version") -> Piece:
    return Piece(kind, id, at(known), END if until is None else at(until), content, 0)  # type: ignore[arg-type]


def test_a_text_that_is_read_again_is_one_run_and_one_that_returns_is_another() -> None:
    found = runs([Sighting(at(1), "a"), Sighting(at(2), "a"), Sighting(at(3), "b"), Sighting(at(4), "a")])
    assert found == (Run(at(1), at(3), "a"), Run(at(3), at(4), "b"), Run(at(4), END, "a"))


def test_of_two_texts_of_one_instant_the_one_read_last_is_in_force() -> None:
    assert runs([Sighting(at(1), "a"), Sighting(at(1), "b")]) == (Run(at(1), at(1), "a"), Run(at(1), END, "b"))


def test_an_older_text_goes_before_the_one_that_is_held() -> None:
    made = plan([piece(1, 5, None, "b")], (Run(at(1), at(5), "a"), Run(at(5), END, "b")))
    assert (made.reshaped, made.gone) == ((), ())
    assert made.gaps == (Run(at(1), at(5), "a"),)


def test_a_text_seen_on_both_sides_of_another_is_parted() -> None:
    wanted = (Run(at(1), at(2), "a"), Run(at(2), at(3), "b"), Run(at(3), END, "a"))
    made = plan([piece(1, 1, None, "a")], wanted)
    assert made.reshaped == ((piece(1, 1, None, "a"), at(1), at(2)),)
    assert made.gaps == wanted[1:]


def test_a_version_is_stretched_over_what_lies_open_beside_it_and_a_carried_copy_is_not() -> None:
    assert plan([piece(1, 5, None, "a")], (Run(at(3), END, "a"),)).reshaped[0][1] == at(3)
    assert plan([piece(1, 5, None, "a", "carried")], (Run(at(3), END, "a"),)).gaps == (Run(at(3), at(5), "a"),)


def test_what_was_known_earlier_through_a_copy_stays_so_until_its_own_past_says_otherwise() -> None:
    lent = [piece(1, 3, None, "a")]
    assert plan(lent, (Run(at(5), END, "a"),)).reshaped == ()
    made = plan(lent, (Run(at(4), at(5), "b"), Run(at(5), END, "a")))
    assert made.reshaped == ((lent[0], at(5), END),)


@given(st.lists(st.tuples(st.integers(0, 8), st.sampled_from("abc")), min_size=1, max_size=10))
def test_at_every_time_the_last_sighting_before_it_is_in_force(seen: list[tuple[int, str]]) -> None:
    ordered = sorted(seen, key=lambda one: one[0])
    found = runs([Sighting(at(n), content) for n, content in ordered])
    for day in range(10):
        said = [content for n, content in ordered if n <= day]
        in_force = [run.content for run in found if run.known <= at(day) < run.until]
        assert in_force == said[-1:]


@given(
    st.lists(st.tuples(st.integers(0, 8), st.sampled_from("abc")), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 8), st.sampled_from("abc")), min_size=1, max_size=8),
)
def test_what_a_plan_leaves_covers_the_runs_and_nothing_else(
    before: list[tuple[int, str]], after: list[tuple[int, str]]
) -> None:
    held = [
        Piece("version", i, run.known, run.until, run.content, 0)
        for i, run in enumerate(runs([Sighting(at(n), x) for n, x in sorted(before, key=lambda one: one[0])]))
    ]
    wanted = runs([Sighting(at(n), x) for n, x in sorted(after, key=lambda one: one[0])])
    made = plan(held, wanted)
    bounds = {p.id: (known, until) for p, known, until in made.reshaped}
    left = [(*bounds.get(p.id, (p.known, p.until)), p.content) for p in held if p not in made.gone]
    left += [(gap.known, gap.until, gap.content) for gap in made.gaps]
    for tick in range(20):
        moment = DAY + timedelta(hours=12 * tick)
        if moment < wanted[0].known:
            continue
        assert {x for a, b, x in left if a <= moment < b} == {
            run.content for run in wanted if run.known <= moment < run.until
        }
