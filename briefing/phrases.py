"""The briefing's own words, in English, Vietnamese and French. What is quoted stays in its own language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

from domain.alert import SeriesKey
from domain.label import Label
from domain.source import HealthState


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """The sentences of one language; each is a template whose fields the composer fills."""

    lang: str
    title: str
    title_all: str
    period: str
    made: str
    as_of: str
    label: str
    documents: str
    happened: str
    changed: str
    alerts: str
    watch: str
    unknown: str
    cited: str
    single: str
    one: str
    several: str
    conjunction: str
    more_sources: str
    nothing_read: str
    nothing_on_subject: str
    nothing_happened: str
    nothing_changed: str
    nothing_alerted: str
    nothing_ahead: str
    nothing_unknown: str
    no_comparison: str
    no_sentence: str
    left_out: str
    change_more: str
    change_fewer: str
    change_none: str
    change_basis: str
    uncited: str
    alert: str
    alert_closed: str
    alert_basis: str
    quiet: str
    failing: str
    never: str
    altered: str
    retired: str
    usual: str
    age: str
    no_age: str
    source_basis: str
    unread_days: str
    unread_basis: str
    unsupported: str
    unsupported_basis: str
    unsupported_unread: str
    single_stories: str
    single_basis: str
    none_basis: str
    watchlist: str
    levels: tuple[str, ...]
    days: tuple[str, str]
    hours: tuple[str, str]
    under_hour: str
    date: str


_EN = Phrases(
    lang="en",
    title="Briefing: {about}",
    title_all="Briefing: all subjects",
    period="Period",
    made="Made",
    as_of="As known on",
    label="Handling",
    documents="Documents on the subject",
    happened="What happened",
    changed="What changed against the four weeks before",
    alerts="Alerts",
    watch="What to watch",
    unknown="What is not known",
    cited="Passages cited",
    single="one source only",
    one="{n} source",
    several="{n} sources",
    conjunction=" and ",
    more_sources="Further sources that are quiet, failing or were never read: {n}.",
    nothing_read="Nothing was read for this period.",
    nothing_on_subject="Documents read: {n}; none is on the subject.",
    nothing_happened="No story has a sentence that can stand here.",
    nothing_changed="No count left what the four weeks before lead to expect.",
    nothing_alerted="No alert was open in the period.",
    nothing_ahead="No sentence read looks ahead of the period.",
    nothing_unknown="No gap in the reading is known.",
    no_comparison="Nothing was read in the four weeks before, so that no comparison is possible.",
    no_sentence="Stories left out for want of a sentence that stands alone and is not told yet: {n}.",
    left_out="Further items left out for length: {n}.",
    change_more="{name}: {count} documents in {days}, more than the {expected} to be expected.",
    change_fewer="{name}: documents in {days}: {count}, fewer than the {expected} to be expected.",
    change_none="{name}: no document in {days}, where {expected} were to be expected.",
    change_basis="documents of the period with {name} among the prominent countries; expected: "
    "{before} in the {weeks} days before, scaled from {read_before} documents read then to {read_now} "
    "read now; {cited} of the documents are cited",
    uncited="Left out because nothing of what was counted can be cited: {n}.",
    alert="{name}: {count} on {day}, where {expected} were to be expected; still open on {last}, highest day {peak}.",
    alert_closed="{name}: {count} on {day}, where {expected} were to be expected; closed after {last}, "
    "highest day {peak}.",
    alert_basis="alert {id}; {detectors}; baseline {first} to {end}; {cited} of the items counted are cited",
    quiet="{source} is quiet: {age}{usual}. Documents of it on the subject in the period: {count}.",
    failing="{source} is failing ({failures} readings in a row): {age}. "
    "Documents of it on the subject in the period: {count}.",
    never="{source} was never read.",
    altered="{source} has changed its layout, so that texts of it may be missing: {age}. "
    "Documents of it on the subject in the period: {count}.",
    retired="{source} is no longer read: it is gone. Documents of it on the subject in the period: {count}.",
    usual=", usually {gap} between two",
    age="its newest text is {age} old",
    no_age="the age of its newest text is not known",
    source_basis="state of the source as recorded; documents of it on the subject in the period",
    unread_days="No document was taken in on {days}: silence on these days shows nothing.",
    unread_basis="documents taken in on these days from all sources",
    unsupported="Documents in a language whose meaning the model cannot tell ({language}): {count}; "
    "they can be found by words and names only.",
    unsupported_basis="documents of the period in this language; {cited} of them cited",
    unsupported_unread="Languages read whose meaning the model cannot tell: {languages}.",
    single_stories="Stories above that rest on one source alone: {count}.",
    single_basis="stories shown above with one independent source; one passage of each is cited",
    none_basis="documents read for the period",
    watchlist="watchlist {name}",
    levels=("open", "restricted", "confidential", "secret", "top secret"),
    days=("{n} day", "{n} days"),
    hours=("{n} hour", "{n} hours"),
    under_hour="less than an hour",
    date="d MMMM y",
)

_VI = Phrases(
    lang="vi",
    title="Bản tin tóm lược: {about}",
    title_all="Bản tin tóm lược: mọi chủ đề",
    period="Kỳ",
    made="Lập lúc",
    as_of="Theo thông tin biết đến",
    label="Độ mật",
    documents="Số văn bản về chủ đề",
    happened="Diễn biến",
    changed="Thay đổi so với bốn tuần trước",
    alerts="Cảnh báo",
    watch="Cần theo dõi",
    unknown="Những điều chưa biết",
    cited="Các đoạn được trích dẫn",
    single="chỉ một nguồn",
    one="{n} nguồn",
    several="{n} nguồn",
    conjunction=" và ",
    more_sources="Còn {n} nguồn khác im ắng, bị lỗi hoặc chưa từng được đọc.",
    nothing_read="Không có văn bản nào được đọc trong kỳ này.",
    nothing_on_subject="Đã đọc {n} văn bản; không văn bản nào nói về chủ đề này.",
    nothing_happened="Không tin nào có câu đứng được ở đây.",
    nothing_changed="Không con số nào lệch khỏi mức dự tính từ bốn tuần trước.",
    nothing_alerted="Không có cảnh báo nào đang mở trong kỳ.",
    nothing_ahead="Không câu nào đã đọc nói về thời gian sau kỳ này.",
    nothing_unknown="Không thấy khoảng trống nào trong việc đọc.",
    no_comparison="Bốn tuần trước không đọc được văn bản nào nên không thể so sánh.",
    no_sentence="Số tin bị bỏ vì không có câu nào đứng riêng được và chưa được nêu: {n}.",
    left_out="Số mục khác bị bỏ cho ngắn gọn: {n}.",
    change_more="{name}: {count} văn bản trong {days}, nhiều hơn mức dự tính là {expected}.",
    change_fewer="{name}: {count} văn bản trong {days}, ít hơn mức dự tính là {expected}.",
    change_none="{name}: không có văn bản nào trong {days}, trong khi dự tính là {expected}.",
    change_basis="số văn bản trong kỳ có {name} trong số các nước nổi bật; mức dự tính: "
    "{before} trong {weeks} ngày trước, quy đổi từ {read_before} văn bản đọc khi đó sang "
    "{read_now} văn bản đọc trong kỳ; trích dẫn {cited} văn bản",
    uncited="Số mục bị bỏ vì không trích dẫn được gì trong số đã đếm: {n}.",
    alert="{name}: {count} vào ngày {day}, trong khi dự tính là {expected}; vẫn mở vào {last}, ngày cao nhất {peak}.",
    alert_closed="{name}: {count} vào ngày {day}, trong khi dự tính là {expected}; đóng sau {last}, "
    "ngày cao nhất {peak}.",
    alert_basis="cảnh báo {id}; {detectors}; đường nền từ {first} đến {end}; trích dẫn {cited} trong số đã đếm",
    quiet="{source} đang im ắng: {age}{usual}. Số văn bản của nguồn này về chủ đề trong kỳ: {count}.",
    failing="{source} đang bị lỗi ({failures} lần đọc liên tiếp): {age}. "
    "Số văn bản của nguồn này về chủ đề trong kỳ: {count}.",
    never="{source} chưa từng được đọc.",
    altered="{source} đã thay đổi cấu trúc, có thể thiếu văn bản của nguồn này: {age}. "
    "Số văn bản của nguồn này về chủ đề trong kỳ: {count}.",
    retired="{source} không còn được đọc vì không còn nữa. Số văn bản của nguồn này về chủ đề trong kỳ: {count}.",
    usual=", thường cách nhau {gap}",
    age="văn bản mới nhất đã {age}",
    no_age="không rõ tuổi của văn bản mới nhất",
    source_basis="tình trạng nguồn đã ghi; số văn bản của nguồn này về chủ đề trong kỳ",
    unread_days="Không có văn bản nào được thu nhận vào {days}: sự im lặng của những ngày này không nói lên điều gì.",
    unread_basis="số văn bản thu nhận từ mọi nguồn trong những ngày này",
    unsupported="{count} văn bản viết bằng ngôn ngữ mà mô hình không hiểu nghĩa ({language}): "
    "chỉ tìm được theo từ và tên riêng.",
    unsupported_basis="số văn bản trong kỳ bằng ngôn ngữ này; trích dẫn {cited}",
    unsupported_unread="Ngôn ngữ đã đọc mà mô hình không hiểu nghĩa: {languages}.",
    single_stories="Số tin nêu trên chỉ dựa vào một nguồn duy nhất: {count}.",
    single_basis="số tin nêu trên có một nguồn độc lập; mỗi tin trích dẫn một đoạn",
    none_basis="số văn bản được đọc cho kỳ này",
    watchlist="danh sách theo dõi {name}",
    levels=("thường", "hạn chế", "mật", "tối mật", "tuyệt mật"),
    days=("{n} ngày", "{n} ngày"),
    hours=("{n} giờ", "{n} giờ"),
    under_hour="chưa đến 1 giờ",
    date="d/M/y",
)

_FR = Phrases(
    lang="fr",
    title="Note de synthèse : {about}",
    title_all="Note de synthèse : tous les sujets",
    period="Période",
    made="Établie le",
    as_of="En l'état connu au",
    label="Protection",
    documents="Documents sur le sujet",
    happened="Ce qui s'est passé",
    changed="Ce qui a changé par rapport aux quatre semaines précédentes",
    alerts="Alertes",
    watch="À surveiller",
    unknown="Ce que l'on ignore",
    cited="Passages cités",
    single="une seule source",
    one="{n} source",
    several="{n} sources",
    conjunction=" et ",
    more_sources="Autres sources muettes, en panne ou jamais lues : {n}.",
    nothing_read="Rien n'a été lu pour cette période.",
    nothing_on_subject="Documents lus : {n} ; aucun ne porte sur le sujet.",
    nothing_happened="Aucun fait n'a de phrase qui puisse figurer ici.",
    nothing_changed="Aucun compte ne s'écarte de ce que les quatre semaines précédentes laissaient attendre.",
    nothing_alerted="Aucune alerte n'était ouverte pendant la période.",
    nothing_ahead="Aucune phrase lue ne porte sur la suite.",
    nothing_unknown="Aucune lacune de lecture n'est connue.",
    no_comparison="Rien n'a été lu les quatre semaines précédentes : aucune comparaison n'est possible.",
    no_sentence="Faits écartés faute de phrase qui se comprenne seule et ne soit pas déjà dite : {n}.",
    left_out="Autres éléments écartés pour faire court : {n}.",
    change_more="{name} : {count} documents en {days}, plus que les {expected} attendus.",
    change_fewer="{name} : documents en {days} : {count}, moins que les {expected} attendus.",
    change_none="{name} : aucun document en {days}, contre {expected} attendus.",
    change_basis="documents de la période avec {name} parmi les pays en vue ; attendu : "
    "{before} dans les {weeks} jours précédents, ramenés de {read_before} documents lus alors à "
    "{read_now} lus cette fois ; {cited} documents cités",
    uncited="Écartés faute de pouvoir citer rien de ce qui est compté : {n}.",
    alert="{name} : {count} le {day}, contre {expected} attendus ; encore ouverte le {last}, jour le plus haut {peak}.",
    alert_closed="{name} : {count} le {day}, contre {expected} attendus ; close après le {last}, "
    "jour le plus haut {peak}.",
    alert_basis="alerte {id} ; {detectors} ; référence du {first} au {end} ; {cited} des éléments comptés sont cités",
    quiet="{source} est muette : {age}{usual}. Documents de cette source sur le sujet pendant la période : {count}.",
    failing="{source} est en panne ({failures} lectures de suite) : {age}. "
    "Documents de cette source sur le sujet pendant la période : {count}.",
    never="{source} n'a jamais été lue.",
    altered="{source} a changé de mise en forme, si bien que des textes peuvent manquer : {age}. "
    "Documents de cette source sur le sujet pendant la période : {count}.",
    retired="{source} n'est plus lue : elle n'existe plus. "
    "Documents de cette source sur le sujet pendant la période : {count}.",
    usual=", d'ordinaire {gap} entre deux",
    age="son texte le plus récent date de {age}",
    no_age="l'âge de son texte le plus récent est inconnu",
    source_basis="état de la source tel qu'enregistré ; documents de cette source sur le sujet pendant la période",
    unread_days="Aucun document n'a été reçu le {days} : le silence de ces jours ne montre rien.",
    unread_basis="documents reçus ces jours-là de toutes les sources",
    unsupported="Documents dans une langue dont le modèle ne saisit pas le sens ({language}) : {count} ; "
    "on ne les trouve que par mots et par noms.",
    unsupported_basis="documents de la période dans cette langue ; {cited} sont cités",
    unsupported_unread="Langues lues dont le modèle ne saisit pas le sens : {languages}.",
    single_stories="Faits ci-dessus qui ne reposent que sur une source : {count}.",
    single_basis="faits ci-dessus à une seule source indépendante ; un passage de chacun est cité",
    none_basis="documents lus pour la période",
    watchlist="liste de veille {name}",
    levels=("ouvert", "diffusion restreinte", "confidentiel", "secret", "très secret"),
    days=("{n} jour", "{n} jours"),
    hours=("{n} heure", "{n} heures"),
    under_hour="moins d'une heure",
    date="d MMMM y",
)

_ALL = {p.lang: p for p in (_EN, _VI, _FR)}
LANGUAGES = tuple(_ALL)
"""Languages in which a briefing's own words exist."""


def phrases(lang: str) -> Phrases:
    """The words of a language.

    Raises:
        ValueError: there are none in this language.
    """
    if lang not in _ALL:
        raise ValueError(f"a briefing's own words exist in {', '.join(LANGUAGES)}, not in {lang!r}")
    return _ALL[lang]


def subject_name(key: SeriesKey, words: Phrases) -> str:
    """What a series counts, as a reader says it: "China and Vietnam"."""
    if key.kind == "watchlist":
        return words.watchlist.format(name=" ".join(key.subject))
    territories = Locale.parse(words.lang).territories
    return words.conjunction.join(str(territories.get(code, code)) for code in key.subject)


def language_name(code: str, words: Phrases) -> str:
    """A language's name, or its code where it has none."""
    try:
        return Locale.parse(code.replace("-", "_")).get_display_name(words.lang) or code
    except (UnknownLocaleError, ValueError):
        return code


def show_day(day: date, words: Phrases) -> str:
    """A day as the language writes it: "5 May 2014", "5/5/2014"."""
    return format_date(day, words.date, locale=words.lang)


def show_days(days: Sequence[date], words: Phrases) -> str:
    """Days in order, consecutive ones as a span."""
    spans: list[list[date]] = []
    for day in sorted(days):
        if spans and day - spans[-1][-1] == timedelta(days=1):
            spans[-1].append(day)
        else:
            spans.append([day])
    return ", ".join(
        show_day(span[0], words) if len(span) == 1 else f"{show_day(span[0], words)} – {show_day(span[-1], words)}"
        for span in spans
    )


def show_instant(moment: datetime, words: Phrases) -> str:
    """A moment to the minute, UTC."""
    return f"{show_day(moment.date(), words)}, {moment:%H:%M} UTC"


def show_number(value: float, words: Phrases) -> str:
    """A figure with at most one decimal; what that would make a nothing of is said to be less than a tenth."""
    if 0 < value < 0.05:
        return f"<{show_number(0.1, words)}"
    return format_decimal(round(value, 1), format="#,##0.#", locale=words.lang)


def show_length(days: int, words: Phrases) -> str:
    """A number of days: "7 days"."""
    return words.days[days != 1].format(n=days)


def show_span(span: timedelta, words: Phrases) -> str:
    """A length of time in whole days from two days on, else in hours."""
    hours = int(span.total_seconds() // 3600)
    if hours >= 48:
        return show_length(hours // 24, words)
    return words.hours[hours != 1].format(n=hours) if hours >= 1 else words.under_hour


def show_level(label: Label, words: Phrases) -> str:
    """A handling label as a reader says it."""
    return words.levels[label]


def health_template(state: HealthState, words: Phrases) -> str:
    """The sentence for a source that is not healthy."""
    return {
        "quiet": words.quiet, "failing": words.failing, "never read": words.never, "changed layout": words.altered,
        "retired": words.retired,
    }[state]  # fmt: skip
