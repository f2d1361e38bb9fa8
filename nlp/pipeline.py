"""From a document to what is understood of it: language, sentences, passages, names, vectors."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from domain.document import Analysis, Document, Language, Passage, Span
from domain.entity import Mention
from domain.errors import AnalysisError, VedetteError
from domain.label import Label
from domain.protocols import Encoder, LanguageIdentifier, Recogniser
from models.langid_stretches import Stretch
from nlp import segment
from nlp.embed import pack, pack_parts, part_texts, passage_texts
from nlp.entities import moved, pieces, recognise
from nlp.language import document_language
from nlp.linking import link
from nlp.mixed import languages_of

STAGE = "analyse"


@dataclass(slots=True)
class _Work:
    """A document on its way; ``error`` ends it."""

    document: Document
    title: str = ""
    text: str = ""  # both as they are read: with the marks that the writer left out
    language: Language = field(default_factory=lambda: Language("und", 0.0))
    stretches: tuple[Stretch, ...] = ()
    sentences: tuple[Span, ...] = ()
    passages: tuple[Passage, ...] = ()
    found: list[Mention] = field(default_factory=list)
    mentions: tuple[Mention, ...] = ()
    title_mentions: tuple[Mention, ...] = ()
    vectors: tuple[bytes, ...] = ()
    parts: tuple[bytes, ...] = ()
    notes: list[str] = field(default_factory=list)
    error: AnalysisError | None = None


class Pipeline:
    """Analyses documents in lots: names by language, vectors of many passages at once.

    Args:
        langid: says the language of a text.
        recognisers: find names; each is asked for the languages it has and gives nothing for others.
        gazetteer: finds known entities in any language; may be None.
        encoder: makes the vectors; with None there are none.
        knows: gives the gazetteer for a document of a label, where some names may not be known to all readers.
        title_first: whether the title is embedded with the first passage.
        lot: documents taken together; a lot also ends at ``lot_passages`` passages.

    Attributes:
        seconds: time spent so far by step, for reports.
    """

    def __init__(
        self,
        langid: LanguageIdentifier,
        recognisers: Sequence[Recogniser] = (),
        gazetteer: Recogniser | None = None,
        encoder: Encoder | None = None,
        *,
        title_first: bool = True,
        lot: int = 64,
        lot_passages: int = 512,
        knows: Callable[[Label], Recogniser] | None = None,
    ) -> None:
        self._langid = langid
        self._recognisers = tuple(recognisers)
        self._gazetteer = gazetteer
        self._knows = knows
        self._encoder = encoder
        self._title_first = title_first
        self._lot = lot
        self._lot_passages = lot_passages
        self.seconds: Counter[str] = Counter()

    def analyse(self, document: Document) -> Analysis:
        """What is understood of one document.

        Raises:
            AnalysisError: it could not be analysed.
        """
        result = next(self.analyse_many([document]))
        if isinstance(result, AnalysisError):
            raise result
        return result

    def analyse_many(self, documents: Iterable[Document]) -> Iterator[Analysis | AnalysisError]:
        """One result a document, in order; a document that fails gives its error and the others go on."""
        lot: list[_Work] = []
        held = 0
        for document in documents:
            work = _Work(document)
            self._read(work)
            lot.append(work)
            held += len(work.passages)
            if len(lot) >= self._lot or held >= self._lot_passages:
                yield from self._finish(lot)
                lot, held = [], 0
        yield from self._finish(lot)

    def _read(self, work: _Work) -> None:
        """Language, sentences, passages."""
        document = work.document
        try:
            with _Timer(self.seconds, "language"):
                work.language = document_language(self._langid, document)
                work.stretches = languages_of(self._langid, document.text, work.language.code)
                as_read = getattr(self._encoder, "as_read", None)
                work.title, work.text = (
                    text if as_read is None else as_read(text, lang=work.language.code)
                    for text in (document.title, document.text)
                )
            with _Timer(self.seconds, "segment"):
                work.sentences = segment.sentences(document.text, lang=work.language.code)
                work.passages = segment.passages(document.text, work.sentences)
        except Exception as error:  # one document never stops the others
            work.error = _failed(document, error)

    def _finish(self, lot: Sequence[_Work]) -> Iterator[Analysis | AnalysisError]:
        alive = [work for work in lot if work.error is None]
        with _Timer(self.seconds, "entities"):
            self._recognise(alive)
        for work in alive:
            self._link(work)
        with _Timer(self.seconds, "vectors"):
            self._embed([work for work in alive if work.error is None])
        for work in lot:
            yield work.error if work.error is not None else self._analysis(work)

    def _recognise(self, lot: Sequence[_Work]) -> None:
        by_language: dict[str, list[tuple[_Work, Span]]] = defaultdict(list)
        for work in lot:
            for one in work.stretches:
                by_language[one.lang] += [(work, span) for span in _pieces(work, one)]
        for recogniser in self._recognisers:
            reads = getattr(recogniser, "reads", None)
            for lang, parts in by_language.items():
                if reads is None or reads(lang):
                    self._recognise_language(recogniser, lang, parts)
        for work in lot:
            for lang in dict.fromkeys(one.lang for one in work.stretches):
                if not any(r.reads(lang) for r in self._recognisers if hasattr(r, "reads")):
                    work.notes.append(f"no recogniser of names reads {lang}")

    def _recognise_language(self, recogniser: Recogniser, lang: str, parts: Sequence[tuple[_Work, Span]]) -> None:
        texts = [work.text[span.start : span.end] for work, span in parts]
        try:
            results = list(recognise(recogniser, texts, lang=lang))
        except Exception:  # the batch failed: find out for which document
            for (work, span), text in zip(parts, texts, strict=True):
                try:
                    (mentions,) = recognise(recogniser, [text], lang=lang)
                    work.found.extend(moved(mention, span.start) for mention in mentions)
                except Exception as error:
                    work.error = _failed(work.document, error)
            return
        for (work, span), mentions in zip(parts, results, strict=True):
            work.found.extend(moved(mention, span.start) for mention in mentions)

    def _link(self, work: _Work) -> None:
        if work.error is not None:
            return
        try:
            with _Timer(self.seconds, "gazetteer"):
                known: Sequence[Mention] = ()
                gazetteer = self._gazetteer if self._knows is None else self._knows(work.document.label)
                if gazetteer is not None:
                    known = _known(gazetteer, work)
                    in_title = gazetteer.find(work.title, lang=work.language.code)
                    work.title_mentions = _as_written(in_title, work.document.title)
            with _Timer(self.seconds, "linking"):
                persons = getattr(self._gazetteer, "persons", None) if work.found else None
                found = link(work.text, known, work.found, persons=persons, lang=work.language.code)
                work.mentions = _as_written(found, work.document.text)
        except Exception as error:
            work.error = _failed(work.document, error)

    def _embed(self, lot: Sequence[_Work]) -> None:
        if self._encoder is None:
            return
        try:
            self._embed_all(self._encoder, lot)
        except Exception:  # find out for which document
            for work in lot:
                try:
                    self._embed_all(self._encoder, [work])
                except Exception as error:
                    work.error = _failed(work.document, error)

    def _embed_all(self, encoder: Encoder, lot: Sequence[_Work]) -> None:
        """Passages, and their sentences, all encoded together."""
        texts: list[str] = []
        for work in lot:
            texts += passage_texts(work.document.title, work.passages, title_first=self._title_first)
        wholes = len(texts)
        parts = [
            [part_texts(w.document.title, one, w.sentences, title_first=self._title_first) for one in w.passages]
            for w in lot
        ]
        texts += [text for own in parts for some in own for text in some]
        if not texts:
            return
        rows = encoder.encode(texts, query=False)
        whole = pack(rows[:wholes])
        at, after = 0, wholes
        for work, own in zip(lot, parts, strict=True):
            work.vectors = whole[at : at + len(work.passages)]
            at += len(work.passages)
            packed = []
            for some in own:
                packed.append(pack_parts(rows[after : after + len(some)]))
                after += len(some)
            work.parts = tuple(packed)

    def _analysis(self, work: _Work) -> Analysis:
        return Analysis(
            language=work.language,
            sentences=work.sentences,
            passages=work.passages,
            mentions=work.mentions,
            vectors=work.vectors,
            parts=work.parts,
            encoder=self._encoder.id if self._encoder is not None else "",
            notes=tuple(work.notes),
            title_mentions=work.title_mentions,
        )


class _Timer:
    def __init__(self, seconds: Counter[str], step: str) -> None:
        self._seconds, self._step = seconds, step

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *raised: object) -> None:
        self._seconds[self._step] += time.perf_counter() - self._start  # type: ignore[assignment]


def _pieces(work: _Work, stretch: Stretch) -> Iterator[Span]:
    """The pieces of a stretch in one language that recognisers are given."""
    text = work.document.text[stretch.start : stretch.end]
    inside = [Span(x.start - stretch.start, x.end - stretch.start) for x in work.sentences
              if stretch.start <= x.start < stretch.end] if stretch.start else work.sentences  # fmt: skip
    for span in pieces(text, inside):
        yield Span(span.start + stretch.start, span.end + stretch.start)


def _known(gazetteer: Recogniser, work: _Work) -> Sequence[Mention]:
    """What the gazetteer finds in a text, each stretch read in its language."""
    text = work.text
    if len(work.stretches) < 2:
        return gazetteer.find(text, lang=work.language.code)
    return [moved(mention, one.start) for one in work.stretches
            for mention in gazetteer.find(text[one.start : one.end], lang=one.lang)]  # fmt: skip


def _as_written(mentions: Sequence[Mention], text: str) -> tuple[Mention, ...]:
    """Mentions as the writer spelled them, whatever they were read as."""
    return tuple(
        one if one.surface == (surface := text[one.start : one.end]) else replace(one, surface=surface)
        for one in mentions
    )


def _failed(document: Document, error: Exception) -> AnalysisError:
    reason = error.reason if isinstance(error, VedetteError) else f"{type(error).__name__}: {error}"
    failure = AnalysisError(reason, item=document.item, stage=STAGE)
    failure.__cause__ = error
    return failure
