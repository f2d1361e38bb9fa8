"""Office packages (docx, odt, xlsx): zip files whose parts are opened within bounds, as XML that is not trusted."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

from domain.errors import ParseError
from ingest.xml import parse_xml

LIMIT = 256 * 2**20
"""Bytes that the parts of one package may unpack to."""

PARTS = 20_000
"""Parts of one package."""


class Package:
    """A package whose parts are read by name.

    Raises:
        ParseError: it is no zip file, has too many parts, or says that it unpacks to more than ``LIMIT``.
    """

    def __init__(self, data: bytes, *, item: str) -> None:
        self._item = item
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
            raise self._broken(f"damaged file: {error}") from error
        parts = self._zip.infolist()
        if len(parts) > PARTS:
            raise self._broken(f"has more than {PARTS} parts")
        if sum(part.file_size for part in parts) > LIMIT:
            raise self._broken(f"unpacks to more than {LIMIT // 2**20} MiB")
        self.names = frozenset(part.filename for part in parts)
        self._left = LIMIT

    def part(self, name: str) -> bytes:
        """The bytes of a part; none when there is no such part.

        Raises:
            ParseError: it is damaged, locked, or the package unpacks to more than it said.
        """
        if name not in self.names:
            return b""
        try:
            with self._zip.open(name) as handle:
                data = handle.read(self._left + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError) as error:
            raise self._broken(f"damaged part {name[:100]}: {error}") from error
        except RuntimeError as error:  # a part that needs a password
            raise self._broken("is locked by a password") from error
        self._left -= len(data)
        if self._left < 0:
            raise self._broken(f"unpacks to more than {LIMIT // 2**20} MiB")
        return data

    def has_doctype(self, name: str) -> bool:
        """Whether a part begins with a document type: no office program writes one, and entities are declared there."""
        try:
            with self._zip.open(name) as handle:
                head = handle.read(4096)
        except Exception:  # a damaged part; whoever reads it will say so
            return False
        return b"<!doctype" in head.replace(b"\x00", b"").lower()

    def tree(self, name: str) -> Any | None:
        """The root of a part that is XML; None when there is no such part.

        Raises:
            ParseError: see ``part``; or it is no XML, or hostile.
        """
        data = self.part(name)
        return parse_xml(data, item=self._item).root if data.strip() else None

    def _broken(self, reason: str) -> ParseError:
        return ParseError(reason, item=self._item, stage="parse")
