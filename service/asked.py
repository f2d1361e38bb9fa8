"""A question as it was meant: Vietnamese typed without marks, or in the codes of its old fonts, is written out."""

from __future__ import annotations

from dataclasses import dataclass

from models.langid_fonts import unfonted
from models.langid_typed import question_written_out

_LONGEST = 5_000


@dataclass(frozen=True, slots=True)
class ReadAs:
    """What a question was read as, and the way in which it had been typed ("VIQR", "VNI typing", "Telex", "TCVN3")."""

    text: str
    typed: str


def read_as(question: str) -> ReadAs | None:
    """What to search with instead of the question as typed; None where it stands as it is, or that is not certain.

    No question in another language is changed: what is written out has to be Vietnamese in every word.
    """
    if len(question) > _LONGEST:
        return None
    for way in (unfonted, question_written_out):
        done = way(question)
        if done is not None and done[0] != question:
            return ReadAs(*done)
    return None
