"""Opens hostile files in a process of its own: PDFs, pictures and rich text, with limits on memory and time.

``ingest.isolated`` runs this file as a script; it imports nothing of the project, so that it starts in a tenth of a
second. The file comes on standard input. What is found goes to standard output as records: a line of JSON each, and
where it says ``bytes``, so many raw bytes after it.

Modes: ``text`` (a PDF's facts and the text of each page), ``render`` (pages of a PDF as pictures, grey, PGM),
``picture`` (the frames of a picture likewise), ``rtf`` (pieces of rich text, divided by zero bytes, as plain text),
``streams`` (the streams of an OLE file: Outlook's messages, the old formats of Word and Excel), ``xlsx`` (the rows of
a workbook's sheets, as texts).
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import signal
import sys
import warnings
from collections.abc import Iterator
from types import FrameType
from typing import Any

PAGE_SECONDS = 20
"""Seconds that pypdf may take over one page; PDFium reads the page then."""

PIXELS = 25_000_000
"""Pixels of the largest picture that is made of a page or a frame: A3 at 300 dots an inch has 17 million."""

FRAME = 100_000_000
"""Pixels of the largest picture that is opened at all: A3 at 600 dots an inch has 70 million."""

SCANNED = 40
"""A page with fewer visible characters than this in its text layer, and a picture on it, is taken for a scan."""

_GLYPHS = re.compile(r"\(cid:\d+\)|/[A-Za-z]{1,6}\d+|[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f]")

_out = sys.stdout.buffer


class _Slow(Exception):
    pass


def main() -> None:
    """Reads the job from the arguments (JSON) and does it; every error is told as a record."""
    job = json.loads(sys.argv[1])
    _limit(int(job["memory"]), int(job["seconds"]))
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    data = sys.stdin.buffer.read()
    try:
        _MODES[job["mode"]](data, job)
        _tell({"done": True})
    except MemoryError:
        _tell({"error": "needs more memory than is allowed"})
    except RecursionError:
        _tell({"error": "is nested without end"})
    except Exception as error:
        _tell({"error": f"is damaged: {type(error).__name__}: {error}"})


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # not on every system; the time limit of the parent holds everywhere
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _tell(record: dict[str, Any], raw: bytes = b"") -> None:
    if raw:
        record["bytes"] = len(raw)
    _out.write(json.dumps(record).encode("ascii") + b"\n" + raw)
    _out.flush()


def _text(data: bytes, job: dict[str, Any]) -> None:
    reasons: list[str] = []
    pages, facts = _open_pypdf(data, reasons)
    pdfium = _open_pdfium(data, reasons)
    if pages is None and pdfium is None:
        _tell({"error": f"is damaged: {'; '.join(reasons)}", "locked": any("assword" in reason for reason in reasons)})
        return
    # PDFium believes the count that the file claims; pypdf has walked the tree of pages.
    count = len(pages) if pages is not None else 0
    count = count or (len(pdfium) if pdfium is not None else 0)
    facts = facts or (_facts(pdfium) if pdfium is not None else {})
    _tell({"pages": count, "facts": facts})
    for number in range(min(count, int(job["pages"]))):
        text = _pypdf_text(pages, number) if pages is not None else ""
        if (not text.strip() or _garbled(text)) and pdfium is not None:
            text = _pdfium_text(pdfium, number)
        visible = sum(not c.isspace() for c in text)
        scanned = pdfium is not None and (
            _garbled(text) or (visible < SCANNED and _drawn(pdfium, number, bare=not visible))
        )
        _tell({"page": number, "text": text, "scanned": scanned})


def _open_pypdf(data: bytes, reasons: list[str]) -> tuple[Any, dict[str, str]]:
    import pypdf

    try:
        with _time(PAGE_SECONDS):
            reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
            if reader.is_encrypted and not reader.decrypt(""):
                reasons.append("password")
                return None, {}
            pages = reader.pages
            len(pages)
            return pages, _pypdf_facts(reader)
    except (Exception, _Slow) as error:  # the library raises what it likes on damaged files
        reasons.append(f"{type(error).__name__}: {error}" if not isinstance(error, _Slow) else "takes too long to open")
        return None, {}


def _pypdf_facts(reader: Any) -> dict[str, str]:
    with contextlib.suppress(Exception):
        info = reader.metadata
        if info:
            created = None
            with contextlib.suppress(Exception):
                created = info.creation_date
            return {
                "title": str(info.title or "")[:1000],
                "authors": str(info.author or "")[:1000],
                "created": created.isoformat() if created else "",
            }
    return {}


def _pypdf_text(pages: Any, number: int) -> str:
    try:
        with _time(PAGE_SECONDS):
            return str(pages[number].extract_text())
    except (Exception, _Slow):
        return ""


def _garbled(text: str) -> bool:
    """Whether the text is made of the names of glyphs: its font does not say which letters they are."""
    visible = sum(not c.isspace() for c in text)
    return visible > 0 and sum(map(len, _GLYPHS.findall(text))) > 0.3 * visible


def _open_pdfium(data: bytes, reasons: list[str]) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except Exception as error:
        reasons.append(f"{type(error).__name__}: {error}")
        return None


def _facts(pdfium: Any) -> dict[str, str]:
    try:
        found = pdfium.get_metadata_dict(skip_empty=True)
    except Exception:
        return {}
    return {"title": str(found.get("Title", ""))[:1000], "authors": str(found.get("Author", ""))[:1000]}


def _pdfium_text(pdfium: Any, number: int) -> str:
    with contextlib.suppress(Exception):
        page = pdfium[number]
        try:
            layer = page.get_textpage()
            try:
                return str(layer.get_text_bounded())
            finally:
                layer.close()
        finally:
            page.close()
    return ""


def _drawn(pdfium: Any, number: int, *, bare: bool) -> bool:
    """Whether a page holds a picture or, where it has no text at all, anything drawn: outlines may be letters."""
    import pypdfium2.raw as raw

    with contextlib.suppress(Exception):
        page = pdfium[number]
        try:
            for n, thing in enumerate(page.get_objects(max_depth=3)):
                if thing.type == raw.FPDF_PAGEOBJ_IMAGE or (bare and n >= 200):
                    return True
        finally:
            page.close()
    return False


def _render(data: bytes, job: dict[str, Any]) -> None:
    import pypdfium2

    pdf = pypdfium2.PdfDocument(data)
    for number in job["numbers"]:
        try:
            page = pdf[number]
            width, height = page.get_size()
            scale = min(job["dpi"] / 72, (PIXELS / max(1.0, width * height)) ** 0.5)
            if min(width, height) * scale < 1:
                _tell({"page": number, "error": "has no size"})
                continue
            bitmap = page.render(scale=scale, grayscale=True)
            pgm = _pgm(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride)
            bitmap.close()
            page.close()
        except Exception as error:
            _tell({"page": number, "error": f"cannot be drawn: {type(error).__name__}: {error}"})
            continue
        _tell({"page": number}, pgm)


def _pgm(pixels: bytes, width: int, height: int, stride: int) -> bytes:
    if stride != width:
        pixels = b"".join(pixels[row * stride : row * stride + width] for row in range(height))
    return b"P5 %d %d 255\n" % (width, height) + pixels


def _picture(data: bytes, job: dict[str, Any]) -> None:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = FRAME
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "PPM")) as picture:
        frames = getattr(picture, "n_frames", 1)
        _tell({"pages": frames, "facts": {}})
        for number in range(min(frames, int(job["pages"]))):
            try:
                picture.seek(number)
                if picture.width * picture.height > FRAME:
                    _tell({"page": number, "error": f"has {picture.width} x {picture.height} pixels"})
                    continue
                if min(picture.size) < int(job["smallest"]):
                    _tell({"page": number, "small": True})
                    continue
                frame = _grey(ImageOps.exif_transpose(picture))
            except Exception as error:
                _tell({"page": number, "error": f"cannot be opened: {type(error).__name__}: {error}"})
                continue
            _tell({"page": number}, _pgm(frame.tobytes(), frame.width, frame.height, frame.width))


def _grey(frame: Any) -> Any:
    """In shades of grey on white, and about as large as a scan of 300 dots an inch."""
    from PIL import Image

    pixels = frame.width * frame.height
    if "A" in frame.getbands() or "transparency" in frame.info:
        frame = frame.convert("RGBA")
        ground = Image.new("RGBA", frame.size, (255, 255, 255, 255))
        frame = Image.alpha_composite(ground, frame)
    frame = frame.convert("L")
    if pixels > PIXELS:
        frame.thumbnail([int(side * (PIXELS / pixels) ** 0.5) for side in frame.size])
    elif max(frame.size) < 1700:  # taken from a screen
        frame = frame.resize((frame.width * 2, frame.height * 2), Image.Resampling.LANCZOS)
    return frame


def _rtf(data: bytes, job: dict[str, Any]) -> None:
    import striprtf.striprtf as striprtf

    # Its pattern for links takes time cubed on hostile text, and all it adds is the address behind the words.
    striprtf.HYPERLINKS = re.compile("(?!)()()()")
    for piece in data.decode("ascii").split("\x00"):
        _tell({"text": striprtf.rtf_to_text(piece, errors="replace")})  # type: ignore[no-untyped-call]


def _streams(data: bytes, job: dict[str, Any]) -> None:
    import olefile  # type: ignore[import-untyped]

    left = int(job["bytes"])
    with olefile.OleFileIO(data) as ole:
        for path in ole.listdir(streams=True, storages=False)[: int(job["count"])]:
            size = ole.get_size(path)
            left -= size
            if left < 0:  # many names may point to the same bytes
                _tell({"error": "holds more than its size allows"})
                return
            with contextlib.suppress(OSError):
                _tell({"path": path}, ole.openstream(path).read())


def _xlsx(data: bytes, job: dict[str, Any]) -> None:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    wanted = job["sheet"]
    for number, name in enumerate(book.sheetnames, start=1):
        if wanted is not None and wanted not in (name, number):
            continue
        sheet = book[name]
        if not hasattr(sheet, "iter_rows"):  # a sheet that is a chart
            continue
        _tell({"sheet": name})
        sheet.reset_dimensions()
        batch: list[tuple[int, list[str]]] = []
        for row, cells in enumerate(sheet.iter_rows(max_col=job["columns"], values_only=True), start=1):
            if row > job["rows"]:
                _tell({"more": True})
                break
            texts = [_cell(cell) for cell in cells]
            if any(texts):
                batch.append((row, texts))
            if len(batch) >= 200:
                _tell({"rows": batch})
                batch = []
        _tell({"rows": batch})


def _cell(value: Any) -> str:
    """A cell as a text: dates in ISO form, whole numbers without a point; formulas have their kept value already."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@contextlib.contextmanager
def _time(seconds: int) -> Iterator[None]:
    """Raises ``_Slow`` in what runs longer."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise _Slow

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


_MODES = {"text": _text, "render": _render, "picture": _picture, "rtf": _rtf, "streams": _streams, "xlsx": _xlsx}

if __name__ == "__main__":
    main()
