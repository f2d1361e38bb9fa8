"""The look: one sheet of styles over Streamlit's theme, system fonts, nothing fetched."""

from __future__ import annotations

import streamlit as st

from interfaces.dashboard.markup import Markup, tag, text

INK, MUTED, LINE = "#1B2733", "#5D6975", "#DAD7CE"
BLUE, GOLD, RED, AMBER, GREEN = "#1E5180", "#B88A2E", "#9E2B2F", "#A8620C", "#2C6B4C"
PALETTE = ("#1E5180", "#B88A2E", "#2C6B4C", "#8A4F7D", "#5B9BBF", "#A5523A", "#7C8A3A", "#4B5563", "#C9A27E", "#37797A")
"""Colours of groups in charts, told apart by the colour-blind as far as ten can be."""

CSS = """
.block-container{max-width:1560px;padding:2.4rem 2.6rem 4rem}
h1,h2,h3{letter-spacing:-.01em}
[data-testid=stHeader]{background:transparent}
[data-testid=stSidebar] [data-testid=stSidebarNavLink]{border-radius:5px}
.v-head{border-bottom:1px solid #DAD7CE;padding-bottom:.7rem;margin-bottom:.2rem}
.v-head h1{font-size:1.65rem;font-weight:650;margin:0;padding:0;line-height:1.25}
.v-head p{margin:.2rem 0 0;color:#5D6975;font-size:.95rem}
.v-sub{font-size:1.02rem;font-weight:650;margin:.9rem 0 .1rem;color:#1B2733}
.v-sub small{font-weight:400;color:#5D6975;font-size:.85rem;margin-left:.5rem}
.v-brand{font-size:1.28rem;font-weight:680;letter-spacing:.01em;color:#fff;line-height:1.2}
.v-brand span{color:#D9B45B}
.v-tagline{font-size:.8rem;color:#A9B9C8;margin-top:.15rem}
.v-side{font-size:.8rem;color:#A9B9C8;line-height:1.55}
.v-muted{color:#5D6975}
.v-small{font-size:.86rem}
.v-figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:.8rem;margin:.3rem 0}
.v-figure{background:#fff;border:1px solid #DAD7CE;border-radius:6px;padding:.7rem .9rem}
.v-figure b{display:block;font-size:1.6rem;font-weight:620;line-height:1.2;font-variant-numeric:tabular-nums}
.v-figure span{color:#5D6975;font-size:.84rem}
.v-figure em{font-style:normal;display:block;font-size:.8rem;color:#5D6975;margin-top:.1rem}
.v-figure.v-hot b{color:#9E2B2F}
.v-badge{display:inline-block;font-size:.74rem;line-height:1.35;padding:.05rem .45rem;border-radius:3px;
 border:1px solid #C9CDD2;color:#48535E;background:#F6F6F3;white-space:nowrap;vertical-align:baseline}
.v-lang{text-transform:uppercase;font-size:.7rem;letter-spacing:.03em;background:#E8EEF4;border-color:#CBD8E4;color:#1E5180}
.v-label-restricted{background:#E7EEF6;border-color:#A9C1DA;color:#1E5180}
.v-label-confidential{background:#FBF0DC;border-color:#E0BE7F;color:#8A5108}
.v-label-secret,.v-label-top-secret{background:#F8E4E3;border-color:#D79B98;color:#9E2B2F}
.v-high{background:#9E2B2F;border-color:#9E2B2F;color:#fff}
.v-medium{background:#C47A16;border-color:#C47A16;color:#fff}
.v-low{background:#5B7F9E;border-color:#5B7F9E;color:#fff}
.v-open{background:#FBF0DC;border-color:#E0BE7F;color:#8A5108}
.v-closed{background:#EEF0F1}
.v-seen{background:#E3F0E8;border-color:#A5CBB4;color:#2C6B4C}
.v-healthy{background:#E3F0E8;border-color:#A5CBB4;color:#2C6B4C}
.v-quiet{background:#FBF0DC;border-color:#E0BE7F;color:#8A5108}
.v-failing{background:#F8E4E3;border-color:#D79B98;color:#9E2B2F}
.v-never-read{background:#EEF0F1;border-color:#C9CDD2;color:#48535E}
.v-card{background:#fff;border:1px solid #DAD7CE;border-radius:6px;padding:.75rem 1rem}
.v-card+.v-card{margin-top:.55rem}
.v-card h4{font-size:1.02rem;font-weight:620;margin:0 0 .2rem;padding:0;line-height:1.35;color:#1B2733}
.v-alert{border-left:4px solid #5B7F9E}
.v-alert.v-is-high{border-left-color:#9E2B2F}.v-alert.v-is-medium{border-left-color:#C47A16}
.v-alert.v-is-chosen{background:#F3F6F9;border-color:#1E5180}
.v-three{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:.8rem;margin-top:.5rem}
.v-three .v-card+.v-card{margin-top:0}
.v-line{border-top:1px solid #E8E5DD;padding-top:.4rem}
.v-meta{display:flex;flex-wrap:wrap;gap:.2rem .65rem;align-items:baseline;color:#5D6975;font-size:.84rem}
.v-meta+.v-body{margin-top:.35rem}
.v-body{line-height:1.58;overflow-wrap:anywhere;unicode-bidi:plaintext}
.v-body mark,.v-quote mark{background:#FBE9B7;color:inherit;padding:0 .08em;border-radius:2px}
.v-quote{border-left:3px solid #DAD7CE;padding:.1rem 0 .1rem .8rem;color:#34414D;line-height:1.55;
 overflow-wrap:anywhere;unicode-bidi:plaintext;font-size:.94rem}
.v-scroll{overflow-x:auto}
.v-table{border-collapse:collapse;width:100%;font-size:.88rem;background:#fff;border:1px solid #DAD7CE}
.v-table th{text-align:start;font-weight:600;color:#5D6975;font-size:.8rem;background:#F0EEE8}
.v-table th,.v-table td{padding:.38rem .65rem;border:0;border-bottom:1px solid #E8E5DD;vertical-align:top}
.v-table td{overflow-wrap:anywhere}
.v-table .v-n{font-variant-numeric:tabular-nums;white-space:nowrap}
.v-facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem .9rem;margin:0;font-size:.88rem}
.v-facts dt{color:#5D6975}.v-facts dd{margin:0;overflow-wrap:anywhere;unicode-bidi:plaintext}
.v-notice{border:1px solid #DAD7CE;border-left-width:4px;border-radius:6px;padding:.6rem .95rem;background:#fff;
 font-size:.92rem;line-height:1.5}
.v-notice.v-warn{background:#FDF6E8;border-color:#DDB565}.v-notice.v-bad{background:#FBEDEC;border-color:#B5484A}
.v-notice.v-calm{background:#EDF5F0;border-color:#6FA585}
.v-text{background:#fff;border:1px solid #DAD7CE;border-radius:6px;padding:1.1rem 1.4rem;white-space:pre-wrap;
 line-height:1.72;overflow-wrap:anywhere;unicode-bidi:plaintext;font-size:1rem}
.v-text mark{color:inherit;border-radius:2px;padding:0 .1em;background:none;border-bottom:2px solid}
.v-cited{background:#FBF5DF;box-shadow:-6px 0 0 #FBF5DF,6px 0 0 #FBF5DF;border-radius:2px}
.v-text .v-e-country,.v-legend .v-e-country{background:#E4EDF6;border-color:#5B8FBF}
.v-text .v-e-place,.v-legend .v-e-place{background:#E2F1EC;border-color:#5FA58C}
.v-text .v-e-body,.v-legend .v-e-body{background:#EEE6F4;border-color:#9473B5}
.v-text .v-e-office,.v-legend .v-e-office{background:#FBF0DC;border-color:#D09B3E}
.v-text .v-e-person,.v-legend .v-e-person{background:#FAE7E9;border-color:#C9747C}
.v-text .v-e-organisation,.v-legend .v-e-organisation{background:#ECEEF0;border-color:#8C96A0}
.v-legend{display:flex;flex-wrap:wrap;gap:.3rem .8rem;font-size:.84rem;color:#48535E;margin:.2rem 0 .4rem}
.v-legend i{font-style:normal;border-bottom:2px solid;padding:0 .4em;border-radius:2px;margin-inline-end:.3em}
.v-diff ins{background:#DDF0E3;text-decoration:none;border-radius:2px}
.v-diff del{background:#F8DEDD;text-decoration:line-through;border-radius:2px}
.v-url{overflow-wrap:anywhere}
.v-brief{background:#fff;border:1px solid #DAD7CE;border-radius:6px;padding:1.6rem 2rem}
.v-brief h2{font-size:1.4rem;font-weight:650;margin:0;padding:0;line-height:1.3}
.v-brief h3{font-size:1.05rem;font-weight:650;margin:1.5rem 0 .3rem;padding:0 0 .25rem;border-bottom:1px solid #E8E5DD;
 color:#1E5180}
.v-brief h4{font-size:.98rem;font-weight:620;margin:.9rem 0 .15rem;padding:0}
.v-say{margin:.3rem 0;line-height:1.62;unicode-bidi:plaintext}
.v-say details{display:inline}
.v-say details[open]{display:block;margin:.35rem 0 .6rem}
.v-say summary{display:inline-block;list-style:none;cursor:pointer;font-size:.72rem;line-height:1.3;color:#1E5180;
 background:#E8EEF4;border:1px solid #CBD8E4;border-radius:3px;padding:0 .35rem;margin-inline-start:.25rem;
 vertical-align:.12em}
.v-say summary::-webkit-details-marker{display:none}
.v-say details[open] summary{background:#1E5180;color:#fff;margin-bottom:.35rem}
.v-computed{color:#48535E}
.st-key-results [data-testid=stPageLink] a,.st-key-evidence [data-testid=stPageLink] a{padding:.1rem .4rem}
@media (min-width:1800px){.block-container{padding-left:4rem;padding-right:4rem}}
"""


def sheet() -> None:
    """Lay the styles on the page."""
    st.html(f"<style>{CSS}</style>")


def heading(title: str, note: str = "") -> None:
    """The head of a view; the title may hold stored text, it is escaped."""
    below = tag("p", text(note)) if note else Markup("")
    st.html(tag("div", tag("h1", text(title), dir="auto"), below, css="v-head"))


def sub(title: str, note: str = "") -> None:
    """The head of a part."""
    st.html(
        tag(
            "div",
            text(title),
            tag("small", text(note)) if note else Markup(""),
            css="v-sub",
            role="heading",
            aria_level="2",
        )
    )
