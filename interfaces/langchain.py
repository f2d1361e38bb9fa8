"""Vedette as a LangChain retriever: for chains and agents that are to answer from what is held, with its sources.

    retriever = VedetteRetriever(home="~/vedette-home", k=5, langs=("vi", "fr"))
    retriever.invoke("collision en mer de Chine méridionale")

Each document it gives is a passage; its metadata say where it stands (document, passage, source, language, publication,
address, label), so that an answer can cite it. It sees what the home's reader is cleared for and nothing more, and
``as_of`` confines it to what was known by the end of a day. Nothing leaves the machine through it.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from domain.document import Filters, Hit
from domain.jsonable import plain
from domain.label import parse_label
from domain.text import strip_invisible
from domain.time import end_of
from service.search import Query, search
from service.wiring import Home, open_home


class VedetteRetriever(BaseRetriever):
    """Hybrid search over a home folder.

    Attributes:
        home: the data folder. k: passages a question, each of another document.
        langs, countries, sources: filters, as in ``Filters``. as_of: a day.
        clearance: nothing above this label is given, whatever the home's own clearance; a model that runs elsewhere
            should be given ``open`` alone, which is the default.
    """

    home: str
    k: int = 5
    langs: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    as_of: date | None = None
    clearance: str = "open"

    @cached_property
    def _opened(self) -> Home:
        return open_home(Path(self.home).expanduser())

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **kwargs: Any
    ) -> list[Document]:
        filters = Filters(
            langs=frozenset(self.langs), countries=frozenset(self.countries), sources=frozenset(self.sources),
            as_of=None if self.as_of is None else end_of(self.as_of), clearance=parse_label(self.clearance),
        )  # fmt: skip
        (answer,) = search(self._opened, [Query("q", query)], k=self.k, filters=filters)
        return [document_of(hit) for hit in answer.hits]


def document_of(hit: Hit) -> Document:
    """A hit as LangChain's document: the passage, and where it stands; without characters that nobody sees.

    What is hidden from a reader must not steer a language model.
    """
    return Document(
        id=str(hit.passage_id),
        page_content=strip_invisible(hit.text),
        metadata={
            "document_id": hit.document_id, "passage_id": hit.passage_id, "title": strip_invisible(hit.title),
            "source": strip_invisible(hit.source),
            "lang": hit.lang, "published": plain(hit.published), "url": hit.url, "label": hit.label.text,
            "score": hit.score,
        },
    )  # fmt: skip
