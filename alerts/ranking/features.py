"""The ranker's features of a window: how the dyad's counts stand to its past, to an onset, and to its neighbours.

All are of the days up to the judged one. ``rises`` is what the first stage (how much more will come) is fitted on;
``facts`` is what the second (is it an onset) has beside the first's answer and the detectors.
"""

from __future__ import annotations

import numpy as np

from alerts.detectors import DETECTORS, window_detector
from alerts.onsets import AHEAD, APART, PAST, needed
from alerts.panel import Floats
from alerts.ranking.window import WIDTH, Window

FAR = 99.0
"""Days since what has not been."""
LEFT_OUT = ("counts",)
"""Detectors that the ranker does not look at: the count test is a mixture of what others measure."""
DETECTED = tuple(name for name in sorted(DETECTORS) if name not in LEFT_OUT)
Features = dict[str, Floats]


def rises(w: Window) -> Features:
    """Counts and levels, by name, one value a dyad."""
    h = w.measure("hostile")
    total = np.concatenate([np.zeros((len(w), 1)), np.cumsum(h, axis=1)], axis=1)
    f: Features = {f"c{lag}": h[:, -1 - lag] for lag in range(3)}
    f.update({f"s{k}": total[:, -1] - total[:, -1 - k] for k in (3, 7, 14, 28, 56)})
    days = min(w.told, PAST)
    before = total[:, -2] - total[:, max(0, WIDTH - 1 - PAST)]
    f["weekly"] = np.maximum(before / max(days, 1) * 7, 0.5)
    f["need"] = needed(before, max(days, 1))
    days1 = min(max(w.told - 1, 0), PAST)
    before1 = total[:, -3] - total[:, max(0, WIDTH - 2 - PAST)]
    f["need1"] = needed(before1, max(days1, 1))
    f["z28"], f["z56"] = _z(h, 28, 2), _z(h, 56, 3)
    f["since_onset"] = _since_onset(w, total)
    happened = h[:, :-1] > 0
    reach = np.argmax(happened[:, ::-1], axis=1) + 1.0
    f["gap"] = np.where(happened.any(axis=1), np.minimum(reach, FAR), FAR)
    active = h > 0
    f.update({f"act{k}": active[:, -k:].sum(axis=1).astype(np.float64) for k in (3, 14, 56)})
    f["max28"] = h[:, -29:-1].max(axis=1, initial=0.0)
    weeks = total[:, 7:] - total[:, :-7]
    f["max7_90"] = weeks[:, -97:-7].max(axis=1, initial=0.0)
    for name, measure in (("all", "all"), ("coop", "cooperative"), ("verbal", "verbal"), ("protest", "protest"),
                          ("coercion", "coercion"), ("force", "force"), ("tone", "intensity")):  # fmt: skip
        values = w.measure(measure)
        f[f"{name}0"], f[f"{name}3"] = values[:, -1], values[:, -3:].sum(axis=1)
        f[f"{name}28"] = values[:, -31:-3].sum(axis=1) / 28
    f["coop7"] = w.measure("cooperative")[:, -7:].sum(axis=1)
    forward = w.measure("forward")[:, -3:].sum(axis=1)
    f["one_sided"] = np.abs(2 * forward - f["s3"]) / np.maximum(f["s3"], 1)
    f.update(_neighbours(w, f))
    f["trend"] = (f["s3"] + 0.5) / (total[:, -4] - total[:, -11] + 0.5)
    f["total"] = total[:, -1]
    f["days"] = active.sum(axis=1).astype(np.float64)
    f["rate"] = f["total"] / (min(w.told, WIDTH - 1) + 1) * 7
    usual = w.exposure[-29:-1]
    f["reading"] = np.full(len(w), w.exposure[-1] / max(float(usual[usual > 0].mean()) if usual.any() else 1.0, 1e-9))
    return f


def facts(f: Features) -> Features:
    """Of ``rises``, scaled for the second stage."""
    log = np.log1p
    past = f["since_onset"]
    three = np.maximum(f["s3"], 1)
    return {
        "lneed": np.log(f["need"]), "began": (past <= 1) * 1.0, "late": ((past >= 2) & (past <= 7)) * 1.0,
        "after": ((past >= 8) & (past <= APART)) * 1.0, "two_days": log((f["c0"] + f["c1"]) / f["need1"]),
        "week": np.minimum(f["s7"] / f["need"], 3.0), "today": log(f["c0"]), "yesterday": log(f["c1"]),
        "third_day": log(f["c2"]), "lgap": log(f["gap"]), "month": log(f["s28"]), "z28": np.clip(f["z28"], -3, 10) / 3,
        "lrate": np.log(f["rate"] + 0.05), "ltotal": log(f["total"]), "ldays": log(f["days"]),
        "all_rise": log(f["all3"]) - log(f["all28"] * 3), "lcoop28": log(f["coop28"] * 28), "lcoop3": log(f["coop3"]),
        "coop_rise": log(f["coop3"]) - log(f["coop28"] * 3), "lall28": log(f["all28"] * 28),
        "lmin": np.log(f["usual_min"] + 0.02), "lmax": np.log(f["usual_max"] + 0.02),
        "tone": np.clip(f["tone3"] / np.maximum(f["all3"], 1), -10, 10) / 5, "verbal": f["verbal3"] / three,
        "coercion": f["coercion3"] / three, "force": f["force3"] / three, "protest": f["protest3"] / three,
        "share": f["share"], "one_sided": f["one_sided"], "spread1": np.clip(f["near_max"], -2, 6) / 3,
        "spread3": np.clip(f["near3_max"], -3, 8) / 3, "spread_min": np.clip(f["near_min"], -2, 6) / 3,
        "lmax90": log(f["max7_90"]), "reading": f["reading"], "active14": f["act14"] / 14,
    }  # fmt: skip


def detected(w: Window, *, names: tuple[str, ...] = DETECTED) -> Features:
    """Each detector's score of the day, by its name; 0 where it could not judge."""
    found: Features = {}
    weekday = (w.day - 1) % 7
    h = w.measure("hostile")
    for name in names:
        if not len(w):
            found[name] = np.zeros(0)
            continue
        detector = window_detector(name)
        wide = min(detector.history, WIDTH)
        score = detector.measure(h[:, -wide:], w.exposure[-wide:], weekday=weekday).score
        found[name] = np.clip(np.nan_to_num(score, nan=0.0, posinf=50.0, neginf=-50.0), -50.0, 50.0)
    return found


def _z(h: Floats, days: int, gap: int) -> Floats:
    base = h[:, -1 - gap - days : -1 - gap]
    return np.asarray((h[:, -1] - base.mean(axis=1)) / np.maximum(base.std(axis=1, ddof=1), 0.5), dtype=np.float64)


def _since_onset(w: Window, total: Floats) -> Floats:
    """Days since the last onset that is known by the day's end, 0 for one of the day itself; ``FAR`` where none is."""
    first = max(WIDTH - 1 - w.told + APART, WIDTH - 60)
    last = np.full(len(w), -(10.0**6))
    h = w.measure("hostile")
    for t in range(first, WIDTH):
        start = max(WIDTH - 1 - w.told, t - PAST, 0)
        ahead = total[:, min(t + AHEAD, WIDTH)] - total[:, t]
        enough = needed(total[:, t] - total[:, start], max(t - start, 1))
        onset = (h[:, t] > 0) & (ahead >= enough) & (t - last > APART)
        last = np.where(onset, t, last)
    return np.asarray(np.minimum(WIDTH - 1 - last, FAR), dtype=np.float64)


def _neighbours(w: Window, f: Features) -> Features:
    """What the two countries have with all others, beside their past."""
    found: Features = {}
    usual = [side[:, -31:-3].mean(axis=1) for side in (w.low, w.high)]
    one = [(side[:, -1] - f["c0"] - u) / np.sqrt(u + 0.5) for side, u in zip((w.low, w.high), usual, strict=True)]
    three = [
        (side[:, -3:].sum(axis=1) - f["s3"] - 3 * u) / np.sqrt(3 * u + 0.5)
        for side, u in zip((w.low, w.high), usual, strict=True)
    ]
    found["near_max"], found["near_min"] = np.maximum(*one), np.minimum(*one)
    found["near3_max"] = np.maximum(*three)
    found["usual_max"], found["usual_min"] = np.maximum(*usual), np.minimum(*usual)
    busiest = np.maximum(w.low[:, -3:].sum(axis=1), w.high[:, -3:].sum(axis=1))
    found["share"] = f["s3"] / np.maximum(busiest, 1)
    return found
