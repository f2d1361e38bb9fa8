"""PLOVER: sixteen types of political events, and how the codes of CAMEO fall into them.

PLOVER (Open Event Data Alliance, draft of 2021) folds the twenty roots of CAMEO (Gerner, Schrodt and Yilmaz 2009)
into types that can be told apart. The table below follows its conversion of 2021, in which an event may leave its
root: easing a military engagement is a RETREAT though its root is "yield". Appeals (root 02) are requests here, because
PLOVER has one type for all that is asked for. Mere statements (root 01) are no events.

Goldstein's scale (1992) runs from -10 (conflict) to 10 (cooperation).
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Plover: TypeAlias = Literal[
    "AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT", "REQUEST", "ACCUSE", "REJECT", "THREATEN",
    "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT",
]  # fmt: skip
Quad: TypeAlias = Literal[1, 2, 3, 4]
TYPES: tuple[Plover, ...] = get_args(Plover)
MUTUAL: frozenset[Plover] = frozenset({"AGREE", "CONSULT", "COOPERATE"})
"""Types that two sides do together, so that none of them is the object."""

_QUADS: dict[Plover, Quad] = {
    "AGREE": 1, "CONSULT": 1, "SUPPORT": 1, "CONCEDE": 2, "COOPERATE": 2, "AID": 2, "RETREAT": 2, "REQUEST": 3,
    "ACCUSE": 3, "REJECT": 3, "THREATEN": 3, "PROTEST": 4, "SANCTION": 4, "MOBILIZE": 4, "COERCE": 4, "ASSAULT": 4,
}  # fmt: skip
_ROOTS: dict[str, Plover] = {
    "02": "REQUEST", "03": "AGREE", "04": "CONSULT", "05": "SUPPORT", "06": "COOPERATE", "07": "AID", "08": "CONCEDE",
    "09": "ACCUSE", "10": "REQUEST", "11": "ACCUSE", "12": "REJECT", "13": "THREATEN", "14": "PROTEST",
    "15": "MOBILIZE", "16": "SANCTION", "17": "COERCE", "18": "ASSAULT", "19": "ASSAULT", "20": "ASSAULT",
}  # fmt: skip
_LEFT: dict[str, Plover] = {
    "0813": "RETREAT", "0814": "RETREAT", "084": "RETREAT", "085": "RETREAT", "086": "RETREAT", "087": "RETREAT",
    "163": "COERCE", "1712": "ASSAULT", "175": "ASSAULT", "191": "COERCE", "192": "COERCE",
}  # fmt: skip
"""Codes that are not of their root's type; what begins with one goes with it."""

_CODES: dict[Plover, tuple[str, float]] = {
    "AGREE": ("030", 4.0), "CONSULT": ("040", 1.0), "SUPPORT": ("050", 3.5), "CONCEDE": ("080", 5.0),
    "COOPERATE": ("060", 6.0), "AID": ("070", 7.0), "RETREAT": ("087", 9.0), "REQUEST": ("100", -5.0),
    "ACCUSE": ("112", -2.0), "REJECT": ("120", -4.0), "THREATEN": ("130", -4.4), "PROTEST": ("140", -6.5),
    "SANCTION": ("160", -4.0), "MOBILIZE": ("150", -7.2), "COERCE": ("170", -7.0), "ASSAULT": ("190", -10.0),
}  # fmt: skip
_GOLDSTEIN: dict[str, float] = {
    "020": 3.0, "026": 4.0, "036": 4.0, "041": 1.0, "042": 1.9, "043": 2.8, "045": 5.0, "046": 7.0, "051": 3.4,
    "054": 6.0, "055": 7.0, "057": 8.0, "061": 6.4, "062": 7.4, "064": 7.0, "072": 8.3, "073": 7.4, "084": 7.0,
    "085": 7.0, "090": -2.0, "111": -2.0, "114": -2.0, "129": -5.0, "138": -7.0, "139": -7.0, "141": -6.5,
    "145": -7.5, "154": -7.2, "161": -4.0, "162": -5.6, "163": -8.0, "166": -7.0, "171": -9.2, "172": -5.0,
    "173": -5.0, "174": -5.0, "180": -9.0, "181": -9.0, "182": -9.5, "191": -9.5, "192": -9.5, "193": -10.0,
    "194": -10.0, "195": -10.0, "196": -9.5,
}  # fmt: skip


def plover_of(cameo: str) -> Plover | None:
    """The type of a CAMEO code of two to four digits; None for one that is no event of PLOVER, or no code at all.

    >>> plover_of("190"), plover_of("0871"), plover_of("163"), plover_of("010"), plover_of("x")
    ('ASSAULT', 'RETREAT', 'COERCE', None, None)
    """
    if not (cameo.isascii() and cameo.isdigit() and 2 <= len(cameo) <= 4):
        return None
    for size in (4, 3):
        if cameo[:size] in _LEFT:
            return _LEFT[cameo[:size]]
    return _ROOTS.get(cameo[:2])


def code_of(plover: Plover) -> str:
    """The code that stands for the whole type: "190" for ASSAULT."""
    return _CODES[plover][0]


def goldstein_of(cameo: str) -> float | None:
    """The Goldstein value of a code that Vedette's own coder gives; None for others."""
    if cameo in _GOLDSTEIN:
        return _GOLDSTEIN[cameo]
    return next((value for code, value in _CODES.values() if code == cameo), None)


def quad_of(plover: Plover) -> Quad:
    """1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict."""
    return _QUADS[plover]
