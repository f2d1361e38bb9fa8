"""Every error Vedette raises on purpose.

The tree::

    VedetteError                   carries the item, the stage and the reason
    ├── InputError                 what was given cannot be used at all (exit status 2)
    │   ├── ConfigError            a setting is missing, unknown or out of its range
    │   └── QueryError             a query or a filter that means nothing
    ├── ItemError                  one item failed; the rest goes on (exit status 1)
    │   ├── FetchError             it could not be fetched
    │   │   └── BlockedError       its address, size or scheme is refused by policy
    │   ├── ParseError             it was fetched but could not be read
    │   └── AnalysisError          it was read but could not be analysed
    ├── StoreError                 the database refused or is damaged
    │   └── NotFoundError          no such document, alert, watchlist or source
    ├── ModelError                 a model is unknown, missing or does not fit its manifest
    └── BusyError                  another writer holds the home folder
"""

from __future__ import annotations


class VedetteError(Exception):
    """Base of all: ``item`` names what it is about, ``stage`` where it happened, ``reason`` why."""

    def __init__(self, reason: str, *, item: str = "", stage: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.item = item
        self.stage = stage

    def __str__(self) -> str:
        where = f" [{self.stage}]" if self.stage else ""
        return f"{self.item}{where}: {self.reason}" if self.item else f"{self.reason}{where}"


class InputError(VedetteError):
    """What was given cannot be used at all."""


class ConfigError(InputError):
    """A setting is missing, unknown or out of its range."""


class QueryError(InputError):
    """A query or a filter that means nothing."""


class ItemError(VedetteError):
    """One item failed; the others go on."""


class FetchError(ItemError):
    """An item could not be fetched."""


class BlockedError(FetchError):
    """An item's address, size or scheme is refused by policy."""


class ParseError(ItemError):
    """An item was fetched but could not be read."""


class AnalysisError(ItemError):
    """An item was read but could not be analysed."""


class StoreError(VedetteError):
    """The database refused or is damaged."""


class NotFoundError(StoreError):
    """There is no such document, alert, watchlist or source."""


class ModelError(VedetteError):
    """A model is unknown, missing or does not fit its manifest."""


class BusyError(VedetteError):
    """Another writer holds the home folder."""
