"""What every view is given, and the links between views."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from interfaces.dashboard.data import Held, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The scope that answers are read in, what is held at all, and the pages by name."""

    scope: Scope
    held: Held
    pages: dict[str, StreamlitPage] = field(default_factory=dict)

    @property
    def as_of_newest(self) -> bool:
        """Whether the reference day is the newest one held, rather than one gone back to."""
        return self.scope.day == self.held.newest

    def parameters(self, **more: str) -> dict[str, str]:
        """The address parameters that keep the reference day, with others; empty ones are left out."""
        day = {} if self.as_of_newest else {"day": self.scope.day.isoformat()}
        return day | {k: v for k, v in more.items() if v}

    def link(self, page: str, label: str, *, icon: str | None = None, **more: str) -> None:
        """A link to another view. The label must be ours: Streamlit reads it as Markdown."""
        st.page_link(self.pages[page], label=label, icon=icon, query_params=self.parameters(**more))


def remember(ctx: Context, **values: str) -> None:
    """Keep a view's choices in the address, so that it can be shared and gone back to."""
    wanted = ctx.parameters(**values)
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)
