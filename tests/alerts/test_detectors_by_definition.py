"""Each detector against its definition, written out plainly: loops, enumeration, quadrature."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy import integrate, stats

from alerts.detectors import W2, Bocpd, EarsC1, EarsC2, EarsC3, Ewma, Kleinberg, NbCusum, Seasonal, Sparse
from alerts.detectors.baseline import Prior, baseline
from alerts.detectors.windows import Frame, frame

Array = npt.NDArray[np.float64]
RNG = np.random.default_rng(11)
ROWS = 12


def rows(days: int, *, mean: float = 1.5) -> tuple[Array, Array]:
    """Counts with a rise in the last days, and an exposure with days that were not read."""
    counts = RNG.negative_binomial(1.0, 1.0 / (1.0 + mean), (ROWS, days)).astype(float)
    counts[:, -4:] += RNG.poisson(2.0, (ROWS, 4))
    exposure = RNG.integers(5, 90, (ROWS, days)).astype(float)
    exposure[RNG.random((ROWS, days)) < 0.05] = 0
    exposure[:, -1] = 40
    return counts, exposure


def usual(counts: Array, exposure: Array, history: int, until: int, prior: Prior) -> tuple[Frame, Array, Array, Array]:
    days = frame(counts, exposure, history=history)
    found = baseline(days, until=until, prior=prior)
    return days, found.expected, found.rate, found.dispersion


def test_the_baseline_is_the_shrunken_rate_with_the_exposure_as_offset() -> None:
    counts, exposure = rows(30)
    days, expected, rate, dispersion = usual(counts, exposure, 30, 28, Prior())
    for i in range(ROWS):
        read = [t for t in range(28) if exposure[i, t] > 0]
        at_all = np.mean([exposure[i, t] + 20 for t in read])
        assert rate[i] == pytest.approx((0.5 + sum(counts[i, t] for t in read)) / (1 + len(read)))
        means = [rate[i] * (exposure[i, t] + 20) / at_all for t in read]
        squares = [(counts[i, t] - m) ** 2 / m for t, m in zip(read, means, strict=True)]
        assert dispersion[i] == pytest.approx(max(1.5, sum(squares) / (len(read) - 1)))
        for t in range(30):
            share = (exposure[i, t] + 20) / at_all if exposure[i, t] > 0 else 0
            assert expected[i, t] == pytest.approx(rate[i] * share)
    assert not days.counts[exposure == 0].any()


def test_ears_are_the_deviations_of_their_weeks() -> None:
    counts = RNG.poisson(3, (ROWS, 40)).astype(float)
    read = np.full(40, 30.0)

    def deviation(row: Array, t: int, gap: int) -> float:
        base = row[t - gap - 7 : t - gap]
        return float((row[t] - base.mean()) / max(base.std(ddof=1), 0.5))

    c1 = [deviation(row, 39, 0) for row in counts]
    c2 = [deviation(row, 39, 2) for row in counts]
    c3 = [sum(max(0.0, deviation(row, t, 2) - 1) for t in (37, 38, 39)) for row in counts]
    assert EarsC1().measure(counts, read).score.tolist() == c1
    assert EarsC2().measure(counts, read).score.tolist() == c2
    assert EarsC3().measure(counts, read).score == pytest.approx(c3, abs=1e-12)


def test_ears_c3_fires_where_no_single_day_does() -> None:
    counts = np.array([[2, 3, 2, 1, 2, 3, 2, 2, 2, 4, 4, 4]], dtype=float)
    read = np.full(12, 30.0)
    assert not EarsC2(threshold=4.0).measure(counts, read).fired[0]
    assert EarsC3(threshold=4.0).measure(counts, read).fired[0]


def test_a_week_with_a_day_that_was_not_read_is_no_baseline_for_ears_unless_it_is_let() -> None:
    counts, read = np.full((1, 20), 3.0), np.full(20, 30.0)
    read[14] = 0
    counts[0, 14] = 0
    assert not EarsC2().measure(counts, read).judged[0]
    let = EarsC2(least=6).measure(counts, read)
    assert let.judged[0]
    assert let.expected[0] == 3


def test_nb_cusum_sums_log_likelihood_ratios_and_starts_again_after_an_alarm() -> None:
    detector = NbCusum()
    counts, exposure = rows(detector.history)
    counts[::2, -5], exposure[::2, -5] = 30, 40
    days, expected, rate, dispersion = usual(counts, exposure, detector.history, detector.baseline, detector.prior)
    found = detector.measure(counts, exposure)
    alarms = 0
    for i in range(ROWS):
        alpha, total = (dispersion[i] - 1) / rate[i], 0.0
        for t in range(detector.baseline, detector.history):
            if not days.read[i, t]:
                continue
            if total > detector.threshold:
                total, alarms = 0.0, alarms + 1
            low = expected[i, t]
            high = 2 * low + 1.0 * low / rate[i]
            size = 1 / alpha
            ratio = stats.nbinom.logpmf(counts[i, t], size, size / (size + high)) - stats.nbinom.logpmf(
                counts[i, t], size, size / (size + low)
            )
            total = max(0.0, total + float(ratio))
        assert found.score[i] == pytest.approx(total, abs=1e-9)
    assert alarms > 0


def test_without_dispersion_the_cusum_is_poissons() -> None:
    detector = NbCusum(baseline=14, run=1, prior=Prior(dispersion=1.0), rise=0.0)
    counts = np.array([[2.0, 2.0] * 7 + [9.0]])
    low = 28.5 / 15
    ratio = stats.poisson.logpmf(9, 2 * low) - stats.poisson.logpmf(9, low)
    assert detector.measure(counts, np.full(15, 40.0)).score[0] == pytest.approx(ratio)


def test_ewma_is_the_smoothed_deviation_on_anscombes_scale() -> None:
    detector = Ewma()
    counts, exposure = rows(detector.history)
    days, expected, _, _ = usual(counts, exposure, detector.history, detector.baseline, detector.prior)
    found = detector.measure(counts, exposure)
    for i in range(ROWS):
        away = {
            t: 2 * math.sqrt(counts[i, t] + 0.375) - 2 * math.sqrt(expected[i, t] + 0.375)
            for t in range(detector.history)
            if days.read[i, t]
        }
        base = [away[t] for t in away if t < detector.baseline]
        deviation = max(1.0, math.sqrt(sum(a * a for a in base) / (len(base) - 1)))
        smoothed, steps = 0.0, [t for t in away if t >= detector.baseline]
        for t in steps:
            smoothed += 0.6 * (away[t] - smoothed)
        # The variance of a sum with the weights 0.6, 0.6 * 0.4, ... of independent days.
        variance = sum((0.6 * 0.4**k) ** 2 for k in range(len(steps)))
        assert found.score[i] == pytest.approx(smoothed / (deviation * math.sqrt(variance)))


def test_w2_compares_weekends_with_weekends() -> None:
    detector = W2(rate=False)
    counts, _ = rows(31)
    exposure = np.full((ROWS, 31), 40.0)
    for weekday in range(7):
        found = detector.measure(counts, exposure, weekday=weekday)
        for i in range(ROWS):
            alike = [t for t in range(28) if ((weekday - (30 - t)) % 7 >= 5) == (weekday >= 5)]
            base = counts[i, alike]
            z = (counts[i, 30] - base.mean()) / max(base.std(ddof=1), 0.5)
            assert found.score[i] == pytest.approx(z)
    all_alike = W2(rate=False, weekend=()).measure(counts, exposure, weekday=2)
    assert np.array_equal(detector.measure(counts, exposure).score, all_alike.score)


def test_w2_by_rate_expects_what_the_reading_makes_likely() -> None:
    counts, exposure = rows(31)
    found = W2(weekend=()).measure(counts, exposure)
    for i in range(ROWS):
        read = [t for t in range(28) if exposure[i, t] > 0]
        per = sum(counts[i, t] for t in read) / sum(exposure[i, t] + 20 for t in read)
        assert found.expected[i] == pytest.approx(per * 60)
    with pytest.raises(ValueError, match="w2: weekdays of shape"):
        W2().measure(counts, exposure, weekday=[1, 2])


@pytest.mark.parametrize("law", ["poisson", "binomial"])
def test_kleinbergs_states_are_the_cheapest_of_all_sequences(law: str) -> None:
    detector = Kleinberg(law=law, run=8, prior=Prior(dispersion=1.0))  # type: ignore[arg-type]
    counts, exposure = rows(detector.history, mean=0.8)
    days = frame(counts, exposure, history=detector.history)
    found = baseline(days, until=detector.baseline, prior=detector.prior)
    measured = detector.measure(counts, exposure)
    step, bursts = math.log(8), 0
    for i in range(ROWS):

        def day_cost(state: int, t: int, i: int = i) -> float:
            at = detector.baseline + t
            if not days.read[i, at]:
                return 0.0
            y = counts[i, at]
            rate = found.rate[i] if state == 0 else 2 * found.rate[i] + 1.0
            if law == "poisson":
                return -float(stats.poisson.logpmf(y, rate * found.share[i, at])) * (1 / found.dispersion[i])
            out_of = max(exposure[i, at] + 20, y)
            p = rate / found.usual[i]
            return -float(y * math.log(p) + (out_of - y) * math.log1p(-p)) / found.dispersion[i]

        costs = {}
        for states in itertools.product((0, 1), repeat=8):
            ups = sum(b > a for a, b in itertools.pairwise((0, *states)))
            costs[states] = step * ups + sum(day_cost(state, t) for t, state in enumerate(states))
        best = min(costs, key=lambda states: costs[states])
        lead = min(c for s, c in costs.items() if s[-1] == 0) - min(c for s, c in costs.items() if s[-1] == 1)
        assert (measured.score[i] > 0) == (best[-1] == 1)
        assert measured.score[i] == pytest.approx(lead, abs=1e-9)
        bursts += best[-1]
    assert 0 < bursts < ROWS


def test_bocpd_knows_the_rate_of_all_segmentations() -> None:
    """The posterior of the rate before the recent days, and the odds of a rise, by enumeration and quadrature."""
    detector = Bocpd(baseline=8, least=2, step=1, expect=10.0)
    counts, exposure = rows(10, mean=2.0)
    exposure[0, :3] = 0
    days = frame(counts, exposure, history=10)
    found = baseline(days, until=8, prior=detector.prior)
    measured = detector.measure(counts, exposure)
    for i in range(ROWS):
        y, e = days.counts[i] / found.dispersion[i], found.share[i] / found.dispersion[i]
        read = days.read[i]
        b0 = 0.5 / (2.0 * max(found.rate[i], 0.5))

        def evidence(one: slice, a: float, b: float, y: Array = y, e: Array = e) -> float:
            seen, spent = y[one].sum(), e[one].sum()
            return math.exp(math.lgamma(a + seen) - math.lgamma(a)) * b**a / (b + spent) ** (a + seen)

        total = first = second = 0.0
        for cuts in itertools.product((0, 1), repeat=7):
            starts = [0, *(t + 1 for t, cut in enumerate(cuts) if cut)]
            if any(not read[t] for t in starts[1:]):
                continue
            weight = 1.0
            for t in range(1, 8):
                weight *= (0.1 if t in starts else 0.9) if read[t] else 1.0
            for begin, end in itertools.pairwise([*starts, 8]):
                weight *= evidence(slice(begin, end), 0.5, b0)
            a, b = 0.5 + y[starts[-1] : 8].sum(), b0 + e[starts[-1] : 8].sum()
            total += weight
            first += weight * a / b
            second += weight * a * (a + 1) / b**2
        mean = first / total
        assert measured.expected[i] == pytest.approx(mean * found.share[i, 9])

        variance = second / total - mean**2
        a, b = mean**2 / variance, mean / variance
        new_b = 0.5 / (2.0 * max(mean, 0.5))
        risen = 0.0
        for begin in (8, 9):
            if not read[begin]:
                continue
            before = stats.gamma(a + y[8:begin].sum(), scale=1 / (b + e[8:begin].sum()))
            seen, spent = y[begin:10].sum(), e[begin:10].sum()
            after = stats.gamma(0.5 + seen, scale=1 / (new_b + spent))
            higher, _ = integrate.quad(lambda x, n=after, o=before: n.pdf(x) * o.cdf(x), 0, np.inf, limit=200)
            own = evidence(slice(begin, 10), 0.5, new_b)
            risen += 0.1 / 0.9 * evidence(slice(8, begin), a, b) * own * higher
        assert measured.score[i] == pytest.approx(math.log(risen / evidence(slice(8, 10), a, b)), abs=1e-4)


def test_bocpd_in_steps_is_nearly_bocpd_by_days() -> None:
    counts = RNG.negative_binomial(1.0, 0.4, (200, 60)).astype(float)
    read = np.full(60, 40.0)
    by_day, in_steps = (Bocpd(step=step).measure(counts, read).score for step in (1, 2))
    assert np.corrcoef(by_day, in_steps)[0, 1] > 0.99


def test_seasonal_is_the_median_of_the_same_weekdays_with_theil_and_sens_growth() -> None:
    detector = Seasonal(growth=1.0)
    counts, _ = rows(57, mean=4.0)
    exposure = np.full((ROWS, 57), 40.0)
    found = detector.measure(counts, exposure)
    for i in range(ROWS):
        weeks = np.log(counts[i, :56].reshape(8, 7).sum(axis=1) + 5)
        slope = float(stats.theilslopes(weeks, np.arange(8)).slope)
        same = [counts[i, 56 - 7 * k] * math.exp(slope * k) for k in range(8, 0, -1)]
        expected = float(np.median(same))
        deviation = 1.4826 * float(np.median(np.abs(np.array(same) - expected)))
        cap = 3 + 4 * float(np.sort(counts[i, :56])[:50].mean())
        rate = (0.5 + np.minimum(counts[i, :56], cap).sum()) / 57
        spread = max(deviation, math.sqrt(3 * rate), 0.5)
        assert found.expected[i] == pytest.approx(expected)
        assert found.score[i] == pytest.approx((counts[i, 56] - expected) / spread)


def test_growth_is_no_rise() -> None:
    """A series that grows by a twentieth a week: the trend knows the day to come, the plain median does not."""
    counts = np.round(40 * np.exp(0.05 * np.arange(57) / 7))[None, :]
    read = np.full(57, 40.0)
    grown, plain = Seasonal().measure(counts, read), Seasonal(growth=0.0).measure(counts, read)
    assert abs(grown.score[0]) < 0.3
    assert plain.score[0] > 0.7
    assert grown.expected[0] == pytest.approx(counts[0, -1], rel=0.05)


def test_one_burst_in_the_weeks_before_hides_nothing_from_the_robust_ones() -> None:
    counts = np.full((1, 110), 1.0)
    read = np.full(110, 40.0)
    counts[0, -1] = 12
    spiked = counts.copy()
    spiked[0, 80] = 200
    for detector in (Seasonal(), Sparse()):
        assert detector.measure(counts, read).fired[0]
        assert detector.measure(spiked, read).fired[0]
    assert not EarsC2(baseline=40, least=40).measure(spiked, read).fired[0]


def test_sparse_is_the_least_of_its_negative_binomial_tails() -> None:
    detector = Sparse(prior=Prior(shape=0.5, days=4.0, dispersion=1.0))
    counts = (RNG.random((40, detector.history)) < 0.05).astype(float)
    counts[::2, -5:] += RNG.random((20, 5)) < 0.4
    read = np.full(detector.history, 40.0)
    found = detector.measure(counts, read)
    days = frame(counts, np.tile(read, (40, 1)), history=detector.history)
    phi = baseline(days, until=91, prior=detector.prior).dispersion
    checked = 0
    for i in range(40):
        shape, days_seen = 0.5 + counts[i, :91].sum(), 4.0 + 91

        def tail(at_least: float, length: int, i: int = i, shape: float = shape, seen: float = days_seen) -> float:
            mean = shape / seen * length
            variance = phi[i] * (mean + mean**2 / shape)
            return float(stats.nbinom.sf(at_least - 1, mean**2 / (variance - mean), mean / variance))

        recent = counts[i, ::-1][:14]
        tests = [tail(recent[:length].sum(), length) for length in (1, 3, 7) if recent[:length].sum() > 0]
        for k in (3, 5):
            lengths = [d for d in range(1, 15) if recent[:d].sum() >= k]
            tests += [tail(k, lengths[0])] if lengths else []
            checked += bool(lengths)
        p = min(1.0, 5 * min(tests, default=1.0))
        assert found.p_value is not None
        assert found.p_value[i] == pytest.approx(p, rel=1e-9)
    assert checked > 5


def test_sparse_p_values_are_sound_on_rare_events() -> None:
    """Under the null a p-value is under x in at most about x of the days (few events make it rarer)."""
    for mean in (0.01, 0.05, 0.2):
        counts = RNG.poisson(mean, (4000, 105)).astype(float)
        p = Sparse(prior=Prior(shape=0.5, days=4.0, dispersion=1.0)).measure(counts, np.full(105, 40.0)).p_value
        assert p is not None
        for x in (0.05, 0.01, 0.001):
            assert np.mean(p < x) <= x * 1.2


def test_three_events_within_days_after_a_silent_quarter_fire() -> None:
    counts, read = np.zeros((1, 105)), np.full(105, 40.0)
    counts[0, [-4, -3, -1]] = 1, 1, 2
    assert Sparse().measure(counts, read).fired[0]
    assert not EarsC2().measure(counts, read).fired[0]


@pytest.mark.parametrize(
    ("detector", "options"),
    [
        (EarsC1, {"least": 8}),
        (EarsC1, {"floor": 0.0}),
        (EarsC2, {"gap": -1}),
        (EarsC3, {"days": 4}),
        (NbCusum, {"factor": 1.0}),
        (NbCusum, {"run": 0}),
        (NbCusum, {"threshold": 0.0}),
        (Ewma, {"weight": 0.0}),
        (Ewma, {"least": 1}),
        (W2, {"weekend": (7,)}),
        (W2, {"alike": 1}),
        (W2, {"ballast": 0.0}),
        (Kleinberg, {"law": "gauss"}),
        (Kleinberg, {"gamma": 0.0}),
        (Kleinberg, {"run": 1}),
        (Bocpd, {"step": 3}),
        (Bocpd, {"shape": 2.0}),
        (Bocpd, {"recent": 0}),
        (Seasonal, {"least": 9}),
        (Seasonal, {"growth": -0.1}),
        (Sparse, {"windows": (15,)}),
        (Sparse, {"events": (0,)}),
        (Sparse, {"alpha": 1.0}),
        (Sparse, {"least": 92}),
    ],
)
def test_settings_that_make_no_sense_are_refused(detector: type, options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"^{detector().name}: "):
        detector(**options)


@pytest.mark.parametrize("options", [{"shape": 0.0}, {"days": -1.0}, {"ballast": 0.0}, {"dispersion": 0.9}])
def test_a_prior_that_makes_no_sense_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="prior: "):
        Prior(**options)
