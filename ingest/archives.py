"""Archives (zip, tar): every member read by what reads its kind, in memory and within bounds; nothing goes to disk.

Members whose names would lead out of a folder are refused by name, although nothing is written here: such a name is an
attack or damage, and the item it names must mean what it seems to.
"""

from __future__ import annotations

import io
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

from domain.errors import ParseError
from domain.protocols import Reading, ReadOptions
from ingest.clean import clean
from ingest.documents import failure
from ingest.inside import Inside
from ingest.names import storable

MEMBER = 256 * 2**20
"""Bytes that one member may unpack to."""

RATIO = 200
"""How much smaller than itself a large member may be packed: text packs to a tenth, a bomb to a thousandth."""

_RATIO_FROM = 16 * 2**20
_JUNK = re.compile(r"(?:^|/)(?:__MACOSX/|\.(?!\.)|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_DRIVE = re.compile(r"^[A-Za-z]:")
_UTF8_FLAG, _LOCKED = 0x800, 0x1
_UNICODE_PATH = 0x7075
_SIGNS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_HAN = re.compile("[\u4e00-\u9fff]")


def looks_like_archive(head: bytes) -> bool:
    """Whether data that begins so is a zip or tar file."""
    return head.startswith(_SIGNS) or head[257:262] == b"ustar"


def read_archive(data: bytes, *, item: str, options: ReadOptions, inside: Inside) -> Iterator[Reading]:
    """Everything that the members of an archive hold, named ``archive!member``; hidden files are left out.

    Members that are refused (a name that leads out of the folder, a link, a device, a password, too large) or damaged
    are failures that name them; the others are read.

    Raises:
        ParseError: it is no archive, or damaged as a whole.
    """
    if data[257:262] == b"ustar":
        members = _tar(data, item)
    elif zipfile.is_zipfile(io.BytesIO(data)):
        members = _zip(data, item)
    else:
        raise ParseError("damaged archive: it is cut off, or none", item=item, stage="parse")
    count = 0
    for name, content in members:
        count += 1
        place = f"{item}!{clean(storable(name))[:500]}"
        reason = _refused(name) or (content if isinstance(content, str) else "")
        if reason:
            inside.budget.take(0, item=item)
            yield failure(place, reason, options=options)
            continue
        assert isinstance(content, bytes)
        yield from inside.read(content, item=place, options=options)
    if not count:
        raise ParseError("archive without files", item=item, stage="parse")


def _refused(name: str) -> str:
    """Why a member of this name is not read; empty where it is."""
    parts = name.replace("\\", "/").split("/")
    if "\x00" in name:
        return "refused: its name has a zero byte"
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        return "refused: its name is an absolute path"
    if ".." in parts:
        return "refused: its name leads out of the folder"
    return ""


def _zip(data: bytes, item: str) -> Iterator[tuple[str, bytes | str]]:
    """Name and bytes of each member, or the reason why it cannot be had."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, struct.error) as error:
        raise ParseError(f"damaged archive: {error}", item=item, stage="parse") from error
    with archive:
        for member in archive.infolist():
            name = _zip_name(member)
            if member.is_dir() or _JUNK.search(name):
                continue
            kind = member.external_attr >> 28
            if kind in {0o12, 0o2, 0o6, 0o1}:
                yield name, "refused: a link or a device, no file"
            elif member.flag_bits & _LOCKED:
                yield name, "is locked by a password"
            elif reason := _too_large(member.file_size, member.compress_size):
                yield name, reason
            else:
                yield name, _member(archive, member)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | str:
    try:
        with archive.open(member) as handle:
            content = handle.read(MEMBER + 1)
    except NotImplementedError:
        return "is packed by a method that is not known here"
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error) as error:
        return f"damaged: {error}"
    except Exception as error:  # what the unpackers raise on damaged data differs by method
        return f"damaged: {type(error).__name__}: {error}"
    return _too_large(len(content), member.compress_size) or content


def _too_large(size: int, packed: int) -> str:
    if size > MEMBER:
        return f"unpacks to more than {MEMBER // 2**20} MiB"
    if size > _RATIO_FROM and size > RATIO * max(1, packed):
        return f"refused: {packed:,} bytes that unpack to {size:,} are a bomb"
    return ""


def _zip_name(member: zipfile.ZipInfo) -> str:
    """The member's name: in UTF-8 where it is, else in the code page its letters speak for.

    The format knows code page 437 and UTF-8; many programs write that of their country instead.
    """
    if told := _unicode_path(member.extra):
        return told
    # The library cuts a name at a zero byte and turns backslashes: the name as it stands in the file is judged.
    name = member.orig_filename
    if member.flag_bits & _UTF8_FLAG or name.isascii():
        return name
    raw = name.encode("cp437", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    odd = sum(byte > 127 for byte in raw)
    for page, letters, weight in (("gb18030", _HAN, 2), ("cp866", _CYRILLIC, 1)):
        if odd < 3:  # one accent in a name
            break
        try:
            told = raw.decode(page)
        except UnicodeDecodeError:
            continue
        if len(letters.findall(told)) * weight == odd:
            return told
    return name


def _unicode_path(extra: bytes) -> str:
    """The name that Info-ZIP keeps in UTF-8 beside the other; empty where there is none."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _UNICODE_PATH and size > 5:
            return extra[at + 9 : at + 4 + size].decode("utf-8", "replace")
        at += 4 + size
    return ""


def _tar(data: bytes, item: str) -> Iterator[tuple[str, bytes | str]]:
    count = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for member in archive:
                count += 1
                if member.isdir() or _JUNK.search(member.name):
                    continue
                if not member.isreg():
                    yield member.name, "refused: a link or a device, no file"
                elif reason := _too_large(member.size, member.size):
                    yield member.name, reason
                else:
                    handle = archive.extractfile(member)
                    yield member.name, handle.read(MEMBER) if handle else "damaged: it has no content"
    except (tarfile.TarError, EOFError, OSError, ValueError, OverflowError) as error:
        if not count:
            raise ParseError(f"damaged archive: {error}", item=item, stage="parse") from error
        yield "(the rest)", f"damaged archive: {error}"
