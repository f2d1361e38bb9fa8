"""Markdown: numbered citations and the list of their sources."""

from __future__ import annotations

import re

from briefing.phrases import phrases
from briefing.render.shared import facts, shown, source_line, told_by, web_address
from domain.briefing import Briefing, Statement

# Inside a line; and what would open a heading, a list or a rule at its beginning.
_SPECIAL = re.compile(r"([\\`*_{}\[\]|~$])")
_OPENING = re.compile(r"^([#+=:>-]|\d+(?=[.)]))")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escape(text: str) -> str:
    """Text that Markdown shows as it stands: nothing in it can become markup, HTML or a list."""
    out = _SPECIAL.sub(r"\\\1", shown(text).translate(_ENTITIES))
    return _OPENING.sub(lambda m: f"{m[1]}\\" if m[1][0].isdecimal() else f"\\{m[1]}", out)


def to_markdown(briefing: Briefing) -> str:
    """The briefing in CommonMark."""
    words = phrases(briefing.lang)
    out = [f"# {escape(briefing.title)}", ""]
    out += ["  \n".join(f"**{escape(name)}:** {escape(value)}" for name, value in facts(briefing, words)), ""]
    for section in briefing.sections:
        out += [f"## {escape(section.title)}", ""]
        for item in section.items:
            stories = section.kind == "happened"
            if section.kind in ("happened", "watch"):
                about = told_by(item, words, stories=stories)
                out += [f"**{escape(item.heading)}**" + (f" ({escape(about)})" if about else ""), ""]
            out += [f"- {_statement(s, briefing.lang)}" for s in item.statements]
            out.append("")
        if section.note:
            out += [f"*{escape(section.note)}*", ""]
    if briefing.citations:
        out += [f"## {escape(words.cited)}", ""]
        for citation in briefing.citations:
            line = " · ".join(escape(part) for part in source_line(citation, words))
            address = web_address(citation.url)
            out += [f"\\[{citation.n}\\] {line}" + (f" · <{address}>" if address else ""), ""]
    return "\n".join(out).rstrip() + "\n"


def _statement(statement: Statement, lang: str) -> str:
    text = escape(statement.text)
    marks = "".join(rf" \[{n}\]" for n in statement.citations)
    if statement.quoted:
        return f"“{text}”{marks}" + (f" ({escape(statement.lang)})" if statement.lang != lang else "")
    basis = (statement.basis or "").partition("; ")[2]
    return f"{text}{marks}" + (f" *({escape(basis)})*" if basis else "")
