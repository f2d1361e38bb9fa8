"""Stories: documents that tell the same happening, grouped as they arrive."""

from index.stories.group import group
from index.stories.stream import Stream
from index.stories.telling import Telling, document_vector
from index.stories.terms import Terms

__all__ = ["Stream", "Telling", "Terms", "document_vector", "group"]
