"""The language of a document: what its text says, with its title and what its source claims as helpers."""

from __future__ import annotations

from domain.document import Document, Language
from domain.protocols import LanguageIdentifier
from domain.text import titled

# Below so many characters the title is read along with the text.
_SHORT = 200
_SURE = 0.5


def document_language(identifier: LanguageIdentifier, document: Document) -> Language:
    """The language of a document's text; of its title when the text says nothing.

    A source's claim weighs in and never decides alone: feeds say ``en-us`` by default whatever they carry.
    """
    text, title = document.text.strip(), document.title.strip()
    if title and not any(map(str.isalpha, text)):
        # A title says what a text of figures and signs is in, unless it is a word that could be any language's.
        named = identifier.identify(title, hint=document.lang_hint)
        return named if named.confidence >= _SURE else Language("und", 0.0)
    body = titled(title, text) if len(text) < _SHORT and title not in text else text
    return identifier.identify(body, hint=document.lang_hint)
