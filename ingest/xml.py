"""XML from strangers: no entities of its own making, no network, no DTD, bounded depth and size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from domain.errors import ParseError

LIMIT = 128 * 2**20
"""Bytes of the largest XML file that is parsed."""

_ENTITY = re.compile(rb"<!ENTITY\b", re.IGNORECASE)
_SUBSET = 64 * 1024


@dataclass(frozen=True, slots=True)
class Tree:
    """The root of what could be read, and what was wrong with the rest, if anything."""

    root: Any
    damage: str | None = None


def parse_xml(data: bytes, *, item: str) -> Tree:
    """The tree; where the file is damaged or cut off, as much of it as can be had, with the damage named.

    Raises:
        ParseError: it declares entities, is larger than ``LIMIT``, or nothing of it can be read.
    """
    if len(data) > LIMIT:
        raise ParseError(f"XML larger than {LIMIT // 2**20} MiB", item=item, stage="parse")
    if _declares_entities(data):
        raise ParseError("XML that declares entities is refused", item=item, stage="parse")
    try:
        return Tree(_without_entities(etree.fromstring(data, _parser(recover=False)), item))
    except (etree.XMLSyntaxError, ValueError) as error:
        damage = str(error).splitlines()[0] if str(error) else type(error).__name__
    try:
        root = etree.fromstring(data, _parser(recover=True))
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise ParseError(f"is no XML: {damage}", item=item, stage="parse")
    return Tree(_without_entities(root, item), damage)


def _without_entities(root: Any, item: str) -> Any:
    """The root of a document that declares no entities: a declaration may stand behind more than is looked at first."""
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(dtd.iterentities(), None) is not None:
        raise ParseError("XML that declares entities is refused", item=item, stage="parse")
    return root


def _declares_entities(data: bytes) -> bool:
    head = data[:_SUBSET]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head[:64]:
        head = head.replace(b"\x00", b"")
    return bool(_ENTITY.search(head))


def _parser(*, recover: bool) -> Any:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
