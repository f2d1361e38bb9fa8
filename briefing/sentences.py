"""Which sentences of a document can stand in a briefing, and which of them say most."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from briefing.select import Extract, Paper, Subject, closeness
from briefing.verify import collapse, stands_in
from domain.text import count_words, fold, strip_invisible, words

_SHORTEST, _LONGEST = 8, 45
_REPEAT_WORDS, _REPEAT_MEANING = 0.6, 0.75
_NEWS = 0.35  # what novelty counts for against the rest (Carbonell and Goldstein 1998, lambda 0.65)
_OWN_LANGUAGE = 1.0

# First words that point back to something the reader has not seen, in small letters; a hyphen joins two words.
_DANGLING = {
    "en": "he she it they this these those that his her its their him them such but and or so however meanwhile also "
          "then there yet still moreover nevertheless instead both neither here thus therefore otherwise",
    "vi": "ông bà họ nó đây đó điều-này điều-đó vậy nhưng và tuy song như-vậy ngoài-ra cũng theo-đó trong-khi-đó còn "
          "vì-vậy do-đó hai-bên",
    "fr": "il elle ils elles ce c cet cette ces cela celui celle ceux celles ceci son sa ses leur leurs mais et or "
          "donc toutefois cependant aussi puis lui y ainsi pourtant néanmoins enfin",
    "de": "er sie es dies diese dieser dieses diesen diesem das sein seine seiner ihr ihre ihrer aber und doch jedoch "
          "auch dann zudem dabei damit daher dazu dort dennoch denn außerdem hingegen dagegen darauf",
    "es": "él ella ellos ellas este esta estos estas ese esa esos esas eso esto aquel su sus pero y o sin-embargo "
          "también luego además entonces así asimismo no-obstante",
    "ru": "он она оно они это этот эта эти этого этом его её ее их но и а однако также затем при-этом там так тогда "
          "кроме-того поэтому тем-не-менее такой такая такие",
    "zh": "他 她 它 这 那 此 其 但 而 并 也 不-过 然-而 同-时 因-此 所-以 双-方 该 另-外 对-此",
    "pt": "ele ela eles elas isto isso este esta estes estas esse essa seu sua mas e porém também",
    "it": "egli lui lei essi esse loro questo questa questi queste ciò suo sua ma e però anche",
}  # fmt: skip
_BACKWARD = {lang: frozenset(tuple(p.split("-")) for p in line.split()) for lang, line in _DANGLING.items()}
# Before a name these are titles, not pronouns.
_TITLES = {"vi": frozenset({("ông",), ("bà",)})}
_UNENDED = frozenset({"th", "lo"})

# "..., he said": the speaker was named in a sentence before.
_SPEAKER = {
    lang: re.compile(pattern, re.IGNORECASE)
    for lang, pattern in {
        "en": r"\b(?:he|she|they) (?:said|says|added|told|noted|wrote|warned|argued)\b|\b(?:said|added) (?:he|she)\b",
        "vi": r"[,”] (?:ông|bà|họ) (?:nói|cho biết|cho hay|khẳng định|nhấn mạnh)\b",
        "fr": r"\b(?:a-t-(?:il|elle|on)|dit-(?:il|elle)|ont-(?:ils|elles))\b",
        "de": r"\b(?:sagte|erklärte|betonte|fügte|so) (?:er|sie)\b",
        "ru": r"\b(?:сказал|заявил|добавил|отметил|подчеркнул)[аи]? (?:он|она|они)\b",
        "zh": r"[,，。”](?:他|她|他们)(?:说|表示|称|强调)",
    }.items()
}
_QUESTION = re.compile(r"[?？؟;][\"'”’»」』)\s]*$")
_ENDED = re.compile(r"[.!。！…।۔។။።][\"'”’»」』)\]\s]*$")
_PAIRS = (("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"), ("(", ")"), ("（", "）"), ("[", "]"), ("《", "》"))
_LEAD = re.compile(r"^(?:\W|\d+[.)])*", re.UNICODE)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A sentence that could stand in a briefing, with the passage it is cited from.

    ``n`` is its position in its document, ``vector`` its own vector or else its passage's.
    """

    paper: Paper
    passage: Extract
    n: int
    text: str
    vector: npt.NDArray[np.float32]
    own_vector: bool

    @cached_property
    def words(self) -> frozenset[str]:
        """Its folded words; pairs of characters where the script has no spaces."""
        found = words(fold(self.text))
        pairs = {a + b for a, b in pairwise(found) if len(a) == len(b) == 1}
        return frozenset({w for w in found if len(w) > 1} | pairs)


def stands_alone(text: str, *, lang: str) -> bool:
    """Whether a reader who has read nothing else understands who and what the sentence is about, as far as form shows.

    8 to 45 words, ended like a sentence, no question, quotation marks and brackets in pairs, no first word that points
    backwards, no speaker who is only "he". Only form is looked at: some doubtful sentences pass and some good ones do
    not.
    """
    shown = strip_invisible(collapse(text))
    if not _SHORTEST <= count_words(shown) <= _LONGEST or "\N{REPLACEMENT CHARACTER}" in shown:
        return False
    if _QUESTION.search(shown) or not (_ENDED.search(shown) or lang in _UNENDED):
        return False
    if any(shown.count(a) != shown.count(b) for a, b in _PAIRS) or shown.count('"') % 2:
        return False
    if lang in _SPEAKER and _SPEAKER[lang].search(shown):
        return False
    body = _LEAD.sub("", shown)
    if not body or body[0].islower():
        return False
    return not _points_back(body, lang)


def _points_back(body: str, lang: str) -> bool:
    spoken = words(unicodedata.normalize("NFC", body[:80]))
    first = tuple(w.lower() for w in spoken[:3])
    if not first:
        return False
    backward = _BACKWARD.get(lang, frozenset())
    for phrase in (first[:1], first[:2]):
        if phrase in backward:
            named = phrase in _TITLES.get(lang, ()) and len(spoken) > 1 and spoken[1][:1].isupper()
            return not named
    # Contractions point back by their first part: "It's", "C'est".
    return (re.split(r"['’]", first[0])[0],) in backward


def candidates(paper: Paper) -> tuple[Candidate, ...]:
    """The sentences of a document that stand alone and stand whole in one of its passages, in order."""
    found = []
    for n, span in enumerate(paper.sentences):
        text = collapse(paper.text[span.start : span.end])
        if not stands_alone(text, lang=paper.lang):
            continue
        row = next(
            (i for i, p in enumerate(paper.passages) if p.start <= span.start and span.end <= p.end
             and stands_in(text, p.text)), None,
        )  # fmt: skip
        if row is None:
            continue
        own = paper.sentence_vectors
        vector = np.asarray(paper.vectors[row] if own is None else own[n], dtype=np.float32)
        found.append(Candidate(paper, paper.passages[row], n, text, vector, own is not None))
    return tuple(found)


def alike(a: Candidate, b: Candidate) -> float:
    """How much of one sentence the other repeats, 0 to 1: by words in one language, by meaning between two.

    Not by meaning in one language: in one that the encoder knows badly, any two sentences look alike to it.
    """
    if a.text == b.text:
        return 1.0
    if a.paper.lang != b.paper.lang:
        return max(0.0, float(a.vector @ b.vector)) if a.own_vector and b.own_vector else 0.0
    smaller = min(len(a.words), len(b.words))
    return len(a.words & b.words) / smaller if smaller else 0.0


def repeats(candidate: Candidate, others: Iterable[Candidate]) -> bool:
    """Whether the sentence says nearly what one of the others says."""
    for other in others:
        same = candidate.paper.lang == other.paper.lang
        if alike(candidate, other) >= (_REPEAT_WORDS if same else _REPEAT_MEANING):
            return True
    return False


def choose(
    papers: Sequence[Paper],
    *,
    subject: Subject,
    most: int,
    lang: str,
    pool: Mapping[str, tuple[Candidate, ...]],
    used: Collection[Candidate] = (),
) -> tuple[Candidate, ...]:
    """Up to ``most`` sentences that tell the story of these documents (best document first).

    Those in the reader's language come first, then the most telling.

    Each sentence is worth its place in its document (the first most), as much for being in the reader's language, the
    share of the story's words in its language that it holds, its passage's closeness to the middle of the story and to
    the subject, and its document's rank. They are then taken one by one, each judged also by what it adds (maximal
    marginal relevance, Carbonell and Goldstein 1998), one a document as long as there are others, none that repeats one
    taken or ``used``. ``pool`` holds each document's ``candidates`` by its id.
    """
    offered = [c for paper in papers for c in pool.get(paper.id, ())]
    if not offered:
        return ()
    worth = _worth(offered, papers, subject=subject, lang=lang)
    documents = {c.paper.id for c in offered}
    taken: list[Candidate] = []
    while len(taken) < most:
        best: tuple[float, int] | None = None
        for i, candidate in enumerate(offered):
            if candidate in taken:
                continue
            if len(documents) > len(taken) and any(candidate.paper.id == t.paper.id for t in taken):
                continue
            if repeats(candidate, taken) or repeats(candidate, used):
                continue
            known = max((_nearness(candidate, t) for t in taken), default=0.0)
            score = (1 - _NEWS) * worth[i] - _NEWS * known
            if best is None or score > best[0] + 1e-9:
                best = (score, i)
        if best is None:
            break
        taken.append(offered[best[1]])
    return tuple(sorted(taken, key=lambda c: c.paper.lang != lang))


def _nearness(a: Candidate, b: Candidate) -> float:
    """For novelty only: passages stand in for sentences that have no vectors, and two of one outlet are nearer."""
    near = alike(a, b)
    if a.paper.lang != b.paper.lang and not (a.own_vector and b.own_vector):
        near = max(near, 0.5 * float(a.vector @ b.vector))
    return near + (0.2 if a.paper.source == b.paper.source else 0.0)


def _worth(pool: Sequence[Candidate], papers: Sequence[Paper], *, subject: Subject, lang: str) -> list[float]:
    middle = np.mean([p.vectors.mean(axis=0) for p in papers if len(p.vectors)], axis=0)
    length = float(np.linalg.norm(middle))
    middle = middle / length if length > 0 else middle
    order = {p.id: i for i, p in enumerate(papers)}
    # Words told by several documents of a language are what the story is about.
    documents = Counter(
        (of, w)
        for paper in papers
        for of, w in {(paper.lang, w) for c in pool if c.paper.id == paper.id for w in c.words}
    )
    written = Counter(p.lang for p in papers)
    out = []
    for candidate in pool:
        of = candidate.paper.lang
        weights = [documents[of, w] / written[of] for w in sorted(candidate.words)]
        shared = float(np.mean(weights)) if weights and written[of] > 1 else 0.5
        out.append(
            1.0 / (1 + candidate.n)
            + 0.5 * shared
            + 0.5 * max(0.0, float(candidate.vector @ middle))
            + 0.5 * closeness(candidate.vector[None, :], subject)
            + 0.5 / (1 + order[candidate.paper.id])
            + (_OWN_LANGUAGE if of == lang else 0.0)
        )
    return out
