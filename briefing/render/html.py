"""HTML: one file that needs nothing else, shows the quoted passages under the text, and prints on A4."""

from __future__ import annotations

import re
from html import escape as html_escape

from briefing.phrases import Phrases, phrases, show_level
from briefing.render.shared import facts, shown, source_line, told_by, web_address
from domain.briefing import Briefing, Citation, Section, Statement

_CSS = """
:root { --ink: #1b1f24; --soft: #5a6470; --line: #c9ced6; --seal: #7a1f1f; --mark: #fff1b8; }
* { box-sizing: border-box; }
html { background: #eceef1; }
body { margin: 2rem auto; max-width: 52rem; padding: 3rem 3.5rem; background: #fff; color: var(--ink);
  font: 16px/1.5 "Source Serif 4", "Noto Serif", Charter, Georgia, "Times New Roman", serif;
  box-shadow: 0 1px 4px rgba(0,0,0,.15); overflow-wrap: anywhere; }
header { border-bottom: 3px double var(--ink); padding-bottom: 1rem; }
.level { text-align: center; letter-spacing: .18em; text-transform: uppercase; font-weight: 700; color: var(--seal);
  font-size: .85em; margin: 0; }
footer.level { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1rem; }
h1 { font-size: 1.7em; line-height: 1.25; margin: 1rem 0 .8rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0; font-size: .9em; }
dt { color: var(--soft); } dd { margin: 0; }
h2 { font-size: 1.05em; letter-spacing: .04em; text-transform: uppercase; border-bottom: 1px solid var(--line);
  padding-bottom: .2rem; margin: 2rem 0 .8rem; }
h3 { font-size: 1.02em; margin: 1.1rem 0 .1rem; }
.about { color: var(--soft); font-size: .85em; margin: 0 0 .3rem; }
.about .single { color: var(--seal); font-weight: 600; }
ul { margin: .2rem 0 .6rem; padding-inline-start: 1.2rem; } li { margin: .25rem 0; }
.basis, .note { color: var(--soft); font-size: .85em; font-style: italic; }
.basis { display: block; }
sup { line-height: 0; font-size: .72em; } sup a { margin-inline-start: .15em; }
a { color: #1f4f82; text-decoration: none; } a:hover { text-decoration: underline; }
.lang { color: var(--soft); font-size: .75em; border: 1px solid var(--line); border-radius: 3px; padding: 0 .3em;
  margin-inline-start: .3em; white-space: nowrap; }
ol.cited { list-style: none; padding: 0; font-size: .88em; }
ol.cited > li { border-top: 1px solid var(--line); padding: .6rem 0 .6rem 2.6rem; position: relative; margin: 0; }
ol.cited > li:target { background: #f5f7fa; }
ol.cited .n { position: absolute; left: 0; font-weight: 700; }
.from { color: var(--soft); } .from cite { color: var(--ink); font-style: normal; font-weight: 600; }
blockquote { margin: .3rem 0 0; } mark { background: var(--mark); color: inherit; padding: 0 .1em; }
@page { size: A4; margin: 13mm 16mm; }
@media print {
  html { background: none; } body { margin: 0; padding: 0; max-width: none; box-shadow: none; font-size: 9pt;
    line-height: 1.32; }
  header { padding-bottom: .4rem; } h1 { font-size: 15pt; margin: .3rem 0; }
  h2 { font-size: 9.5pt; margin: .7rem 0 .25rem; } h3 { font-size: 9.5pt; margin: .35rem 0 0; }
  .about, .note { margin: .1rem 0; } ul { margin: .1rem 0 .2rem; } li { margin: .1rem 0; }
  a { color: inherit; } h2, h3, .about { break-after: avoid; } li, dl { break-inside: avoid; }
  mark { background: none; text-decoration: underline; text-decoration-color: #888; }
  footer.level { break-before: avoid; }
}
"""


def escape(text: str) -> str:
    """Text that HTML shows as it stands, in an element or between double quotes."""
    return html_escape(shown(text), quote=True)


def to_html(briefing: Briefing) -> str:
    """The briefing as one HTML page without scripts and without anything from elsewhere."""
    words = phrases(briefing.lang)
    level = escape(show_level(briefing.label, words))
    head = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts(briefing, words)[1:])
    body = [
        "<header>",
        f'<p class="level">{level}</p>',
        f'<h1 dir="auto">{escape(briefing.title)}</h1>',
        f"<dl>{head}</dl>",
        "</header>",
        "<main>",
        *(_section(section, briefing.lang, words) for section in briefing.sections),
        _cited(briefing, words),
        "</main>",
        f'<footer class="level">{level}</footer>',
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(briefing.lang)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(briefing.title)}</title>\n<style>{_CSS}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body>\n</html>\n"
    )


def _section(section: Section, lang: str, words: Phrases) -> str:
    out = [f'<section class="{section.kind}">', f"<h2>{escape(section.title)}</h2>"]
    quoting = section.kind in ("happened", "watch")
    for item in section.items:
        if quoting:
            about = escape(told_by(item, words, stories=section.kind == "happened"))
            single = escape(words.single)
            about = about.replace(single, f'<span class="single">{single}</span>', 1)
            out += [f'<h3 dir="auto">{escape(item.heading)}</h3>', f'<p class="about">{about}</p>']
        out.append("<ul>" + "".join(_statement(s, lang) for s in item.statements) + "</ul>")
    if section.note:
        out.append(f'<p class="note">{escape(section.note)}</p>')
    out.append("</section>")
    return "\n".join(out)


def _statement(statement: Statement, lang: str) -> str:
    marks = "".join(f'<sup><a href="#c{n}">[{n}]</a></sup>' for n in statement.citations)
    code = escape(statement.lang)
    text = escape(statement.text)
    if statement.quoted:
        tag = f'<span class="lang">{code}</span>' if statement.lang != lang else ""
        return f'<li><q lang="{code}" dir="auto">{text}</q>{tag}{marks}</li>'
    basis = (statement.basis or "").partition("; ")[2]
    more = f'<span class="basis" dir="auto">{escape(basis)}</span>' if basis else ""
    return f'<li><span lang="{code}" dir="auto">{text}</span>{marks}{more}</li>'


def _cited(briefing: Briefing, words: Phrases) -> str:
    if not briefing.citations:
        return ""
    quotes: dict[int, list[str]] = {}
    for section in briefing.sections:
        for item in section.items:
            for statement in item.statements:
                for n in statement.citations if statement.quoted else ():
                    quotes.setdefault(n, []).append(statement.text)
    rows = "\n".join(_citation(c, quotes.get(c.n, []), words) for c in briefing.citations)
    return f'<section class="sources">\n<h2>{escape(words.cited)}</h2>\n<ol class="cited">\n{rows}\n</ol>\n</section>'


def _citation(citation: Citation, quotes: list[str], words: Phrases) -> str:
    parts = [escape(part) for part in source_line(citation, words)]
    address = web_address(citation.url)
    if address:
        link = html_escape(address, quote=True)
        parts.append(f'<a href="{link}" rel="noopener noreferrer">{link}</a>')
    source = f"<cite><bdi>{parts[0]}</bdi></cite>"
    line = " · ".join([source, *(f"<bdi>{part}</bdi>" for part in parts[1:])])
    passage = highlight(citation.passage, quotes)
    code = escape(citation.lang)
    return (
        f'<li id="c{citation.n}"><span class="n">[{citation.n}]</span><div class="from">{line}</div>'
        f'<blockquote lang="{code}" dir="auto">{passage}</blockquote></li>'
    )


def highlight(passage: str, quotes: list[str]) -> str:
    """The passage, escaped, with the quoted sentences marked; overlapping quotations become one mark."""
    text = shown(passage)
    spans: list[list[int]] = []
    for start, end in sorted(m.span() for q in quotes if (t := shown(q)) for m in re.finditer(re.escape(t), text)):
        if spans and start <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], end)
        else:
            spans.append([start, end])
    out, at = [], 0
    for start, end in spans:
        out += [html_escape(text[at:start]), "<mark>", html_escape(text[start:end]), "</mark>"]
        at = end
    return "".join(out) + html_escape(text[at:])
