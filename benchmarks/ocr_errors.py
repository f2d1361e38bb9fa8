"""How well scanned pages are read: character error rates by language, on clean pages and on poor copies.

Usage: python benchmarks/ocr_errors.py TEXTS.tsv[.xz] [--pages N] [--langs vi,en,...]

TEXTS is a table with a column for each language (two letters), a sentence a row. Pages of running text are printed with
installed fonts, as pictures in a PDF without a text layer, and read by the PDF reader as an operator's would be; no
language is told. The poor copy is scanned at 200 dots an inch, turned by 0.6 degrees, blurred, speckled and kept as a
JPEG of low quality. The rate is the edit distance divided by the length of the text printed, white space aside.
"""

from __future__ import annotations

import argparse
import csv
import io
import lzma
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from domain.document import Document
from domain.protocols import ReadOptions
from domain.time import now
from ingest.pdf import read_pdf

FONTS = Path("/usr/share/fonts")
LATIN = ("truetype/dejavu/DejaVuSerif.ttf", "truetype/dejavu/DejaVuSans.ttf")
HAN = ("opentype/noto/NotoSerifCJK-Regular.ttc", "opentype/noto/NotoSansCJK-Regular.ttc")
LANGS = "vi,en,fr,de,es,pt,pl,ru,zh"


def main() -> None:
    """Prints a table: language, pages, both rates, mean confidence, seconds a page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts")
    parser.add_argument("--pages", type=int, default=2)
    parser.add_argument("--langs", default=LANGS)
    asked = parser.parse_args()
    opener = lzma.open if asked.texts.endswith(".xz") else open
    with opener(asked.texts, "rt", encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    print("lang  pages  clean CER  poor CER  confidence clean/poor  s/page")
    for lang in asked.langs.split(","):
        sentences = [row[lang].strip() for row in rows if row.get(lang, "").strip()]
        rates, sure, took = {}, {}, 0.0
        for poor in (False, True):
            wrong = length = 0
            confidences = []
            for n in range(asked.pages):
                text, page = printed(sentences[n * 40 :], font=n, han=lang in {"zh", "ja"})
                started = time.monotonic()
                found = read(copied(page) if poor else page)
                took += time.monotonic() - started
                wrong += distance(bare(text), bare(found.text))
                length += len(bare(text))
                confidences.append(float(str(found.meta["ocr_confidence"])))
            rates[poor] = wrong / length
            sure[poor] = sum(confidences) / len(confidences)
        shares = f"{rates[False]:9.2%}  {rates[True]:8.2%}  {sure[False]:10.0f} / {sure[True]:.0f}"
        print(f"{lang:4}  {asked.pages:5}  {shares}{took / asked.pages / 2:16.1f}", flush=True)


def printed(sentences: list[str], *, font: int, han: bool) -> tuple[str, Image.Image]:
    """The text that fits on a page of A4 at 300 dots an inch, in type of 11 points, and the page."""
    page = Image.new("L", (2480, 3508), 255)
    draw = ImageDraw.Draw(page)
    face = ImageFont.truetype(str(FONTS / (HAN if han else LATIN)[font % 2]), 46)
    used: list[str] = []
    top = 250
    for sentence in sentences:
        lines = wrapped(draw, sentence, face, han=han)
        if top + 68 * len(lines) > 3250 or len(used) >= 24:
            break
        for line in lines:
            draw.text((260, top), line, font=face, fill=0)
            top += 68
        top += 30
        used.append(sentence)
    return "\n".join(used), page


def wrapped(draw: ImageDraw.ImageDraw, text: str, face: ImageFont.FreeTypeFont, *, han: bool) -> list[str]:
    """The text in lines as wide as the page."""
    lines, line = [], ""
    for unit in text if han else text.split(" "):
        longer = line + unit if han or not line else f"{line} {unit}"
        if draw.textlength(longer, font=face) > 1960:
            lines.append(line)
            longer = unit
        line = longer
    return [*lines, line]


def copied(page: Image.Image) -> Image.Image:
    """The page as a poor copier gives it."""
    small = page.resize((1654, 2339), Image.Resampling.BICUBIC).rotate(
        0.6, fillcolor=255, resample=Image.Resampling.BICUBIC
    )
    grey = np.asarray(small.filter(ImageFilter.GaussianBlur(0.8)), dtype=np.float32)
    noise = np.random.default_rng(7).normal(0, 18, grey.shape)
    out = io.BytesIO()
    Image.fromarray(np.clip(grey * 0.85 + 20 + noise, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=35)
    return Image.open(io.BytesIO(out.getvalue()))


def read(page: Image.Image) -> Document:
    """The page in a PDF, read without being told its language."""
    out = io.BytesIO()
    page.save(out, "PDF", resolution=page.width / 8.27)
    found = [reading.item for reading in read_pdf(out.getvalue(), item="page.pdf", options=ReadOptions(read_at=now()))]
    assert isinstance(found[0], Document), found
    return found[0]


def bare(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


def distance(a: str, b: str) -> int:
    """Edits that make one text of the other (Levenshtein)."""
    codes = np.array([ord(c) for c in b])
    row = np.arange(len(b) + 1)
    places = np.arange(len(b) + 1)
    for n, letter in enumerate(a, start=1):
        other = np.minimum(row[1:] + 1, row[:-1] + (codes != ord(letter)))
        fresh = np.concatenate(([n], other))
        # A run of insertions: the least of what stands to the left, plus the way from there.
        row = np.minimum.accumulate(fresh - places) + places
    return int(row[-1])


if __name__ == "__main__":
    main()
