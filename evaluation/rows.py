"""Files of judged rows: a line that cannot be used is named and left out, the others go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from domain.errors import InputError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line, or an item of one, that was left out, and why."""

    item: str
    error: str
    stage: str = "eval"


def read_rows(
    path: Path,
    make: Callable[[dict[str, Any], int], T],
    *,
    what: str,
    split: Callable[[str], dict[str, Any]] | None = None,
    stage: str = "eval",
) -> tuple[list[T], list[BadLine]]:
    """What ``make`` gives of each line's object and number, and the lines that are none, with the reason.

    Args:
        make: raises ValueError with a reason for an object that will not do; one that lacks a key is told so.
        split: reads a line that is no JSON.

    Raises:
        InputError: the file cannot be read, or no line of it can be used.
    """
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", item=str(path), stage=stage) from error
    found: list[T] = []
    failures: list[BadLine] = []
    for n, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            text = line.decode("utf-8").rstrip("\r")
            row = json.loads(text) if split is None else split(text)
            if not isinstance(row, dict):
                raise ValueError("is no object")
            found.append(make(row, n))
        except KeyError as error:
            failures.append(BadLine(f"{path.name}:{n}", f"has no {error}", stage))
        except UnicodeDecodeError:
            failures.append(BadLine(f"{path.name}:{n}", "is not UTF-8", stage))
        except json.JSONDecodeError as error:
            failures.append(BadLine(f"{path.name}:{n}", f"is no JSON: {error.msg}", stage))
        except (ValueError, RecursionError) as error:
            failures.append(BadLine(f"{path.name}:{n}", str(error), stage))
    if not found:
        reason = f"; the first line that cannot be used: {failures[0].item}: {failures[0].error}" if failures else ""
        raise InputError(f"holds no {what}{reason}", item=str(path), stage=stage)
    return found, failures


def text_of(row: dict[str, Any], key: str) -> str:
    """A text that is not empty.

    Raises:
        KeyError: there is none. ValueError: it is no text, or empty.
    """
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key!r} is no text")
    return value


def word_of(row: dict[str, Any], key: str) -> str:
    """A short name that may be missing: "" then, or null.

    Raises:
        ValueError: it is neither text nor number.
    """
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError(f"{key!r} is no text")
    return str(value)
