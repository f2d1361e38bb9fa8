"""The bench of unchanged feeds measures what it says it does."""

from __future__ import annotations

from benchmarks.bench_feeds import figures


def test_every_unchanged_feed_is_asked_once_and_told_as_unchanged() -> None:
    told = figures(feeds=60, hosts=6)
    assert told["answers"] == {"304": 60}
    assert told["unchanged"] == 60
    # A busy machine is given ten times what an idle one needs, and still it is twice the pace that is asked for.
    assert told["seconds"] < 60 * 20 / 500 * 2
