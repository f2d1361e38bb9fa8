"""The own words of what is sent, in English, Vietnamese and French. What is quoted stays in its own language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from domain.alert import SeriesKey
from domain.label import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's words; templates are filled where they are used.

    Attributes:
        counted: by measure, what is counted. states: of a source that is not healthy.
    """

    lang: str
    alert: str
    escalated: str
    title: str
    counted: Mapping[str, str]
    raised: str
    observed: str
    peak: str
    chance: str
    evidence: str
    more: str
    silent: str
    as_raised: str
    handling: str
    number: str
    levels: tuple[str, ...]
    watchlist: str
    conjunction: str
    days: tuple[str, str]
    hours: tuple[str, str]
    under_hour: str
    states: Mapping[str, str]
    digest: str
    none_open: str
    some_open: tuple[str, str]
    open_alerts: str
    at_desk: Mapping[str, str]
    assigned: str
    snoozed: str
    changed: str
    first_digest: str
    nothing_changed: str
    new: str
    grown: str
    closed: str
    sources: str
    all_heard: str
    none_followed: str
    held_back: str
    by_label: str
    by_policy: str
    nothing_held: str
    unsent: str
    automatic: str
    test: str
    test_text: str
    date: str


_EN = Words(
    lang="en",
    alert="Alert: {title}",
    escalated="Worse: {title}",
    title="{name}: {n} {what} in a day, {expected} expected",
    counted={"documents": "reports", "hostile": "hostile events", "cooperative": "cooperative events",
             "intensity": "points of intensity"},
    raised="Raised on {day}; last above its baseline on {last}.",
    observed="Counted: {n}. Baseline: {expected}.",
    peak="Highest day so far: {n}.",
    chance="Probability: {p}.",
    evidence="Documents behind it",
    more="and {n} more",
    silent="Sources not to be heard: {names}. Their silence says nothing.",
    as_raised="As it was raised",
    handling="Handling",
    number="Number",
    levels=("open", "restricted", "confidential", "secret", "top secret"),
    watchlist="watchlist {name}",
    conjunction=" and ",
    days=("{n} day", "{n} days"),
    hours=("{n} hour", "{n} hours"),
    under_hour="under an hour",
    states={"quiet": "quiet", "failing": "failing", "never read": "never read", "changed layout": "layout changed",
            "retired": "gone"},
    digest="{desk}: digest of {day}",
    none_open="No alert is open.",
    some_open=("{n} alert is open.", "{n} alerts are open."),
    open_alerts="Open alerts, the gravest first",
    at_desk={"new": "new", "acknowledged": "acknowledged", "snoozed": "snoozed"},
    assigned="with {who}",
    snoozed="Snoozed for now: {n}.",
    changed="Since the last digest",
    first_digest="This is the first digest.",
    nothing_changed="Nothing has changed.",
    new="New",
    grown="Grown",
    closed="Over",
    sources="Sources not to be heard",
    all_heard="Every source that is followed is heard as usual.",
    none_followed="No source is known, so that silence shows nothing.",
    held_back="Held back",
    by_label="Alerts whose handling label does not allow them to be sent this way: {n}.",
    by_policy="Signals that fired and were not raised: {n}; `vedette alerts list --suppressed` gives the reasons.",
    nothing_held="Nothing was held back.",
    unsent="Messages that did not leave, or may not have arrived: {n}; see `vedette desks outbox`.",
    automatic="Sent by Vedette without a person's review. Check the documents before you act on it.",
    test="Vedette: a test of this channel",
    test_text="This channel of the desk {desk} works.",
    date="d MMMM y",
)  # fmt: skip

_VI = Words(
    lang="vi",
    alert="Cảnh báo: {title}",
    escalated="Nghiêm trọng hơn: {title}",
    title="{name}: {n} {what} trong một ngày, dự tính {expected}",
    counted={"documents": "bài", "hostile": "sự kiện thù địch", "cooperative": "sự kiện hợp tác",
             "intensity": "điểm cường độ"},
    raised="Phát ngày {day}; lần cuối vượt mức nền là ngày {last}.",
    observed="Đếm được: {n}. Mức nền: {expected}.",
    peak="Ngày cao nhất đến nay: {n}.",
    chance="Xác suất: {p}.",
    evidence="Các văn bản làm căn cứ",
    more="và {n} văn bản khác",
    silent="Nguồn không nghe được: {names}. Sự im lặng của các nguồn này không nói lên điều gì.",
    as_raised="Nguyên văn khi phát",
    handling="Độ mật",
    number="Số hiệu",
    levels=("thường", "hạn chế", "mật", "tối mật", "tuyệt mật"),
    watchlist="danh sách theo dõi {name}",
    conjunction=" và ",
    days=("{n} ngày", "{n} ngày"),
    hours=("{n} giờ", "{n} giờ"),
    under_hour="chưa đến một giờ",
    states={"quiet": "im ắng", "failing": "bị lỗi", "never read": "chưa từng đọc", "changed layout": "đã đổi cấu trúc",
            "retired": "không còn"},
    digest="{desk}: điểm tin cảnh báo ngày {day}",
    none_open="Không có cảnh báo nào đang mở.",
    some_open=("Có {n} cảnh báo đang mở.", "Có {n} cảnh báo đang mở."),
    open_alerts="Cảnh báo đang mở, nghiêm trọng nhất trước",
    at_desk={"new": "mới", "acknowledged": "đã tiếp nhận", "snoozed": "tạm hoãn"},
    assigned="giao cho {who}",
    snoozed="Đang tạm hoãn: {n}.",
    changed="Từ lần điểm tin trước",
    first_digest="Đây là lần điểm tin đầu tiên.",
    nothing_changed="Không có gì thay đổi.",
    new="Mới",
    grown="Tăng thêm",
    closed="Đã kết thúc",
    sources="Nguồn không nghe được",
    all_heard="Mọi nguồn đang theo dõi đều hoạt động như thường lệ.",
    none_followed="Chưa có nguồn nào, nên sự im lặng không nói lên điều gì.",
    held_back="Được giữ lại",
    by_label="Số cảnh báo không được gửi qua kênh này vì độ mật: {n}.",
    by_policy="Số tín hiệu đã vượt ngưỡng nhưng không phát: {n}; "
    "lệnh `vedette alerts list --suppressed` cho biết lý do.",
    nothing_held="Không có gì bị giữ lại.",
    unsent="Số tin chưa gửi được hoặc không chắc đã đến: {n}; xem `vedette desks outbox`.",
    automatic="Vedette tự động gửi, chưa có người duyệt. Hãy kiểm tra văn bản gốc trước khi sử dụng.",
    test="Vedette: thử kênh này",
    test_text="Kênh này của bàn {desk} hoạt động.",
    date="d/M/y",
)  # fmt: skip

_FR = Words(
    lang="fr",
    alert="Alerte : {title}",
    escalated="Aggravation : {title}",
    title="{name} : {n} {what} en un jour, {expected} attendus",
    counted={"documents": "articles", "hostile": "événements hostiles", "cooperative": "événements de coopération",
             "intensity": "points d'intensité"},
    raised="Levée le {day} ; dernier jour au-dessus de la référence : {last}.",
    observed="Compté : {n}. Référence : {expected}.",
    peak="Jour le plus haut jusqu'ici : {n}.",
    chance="Probabilité : {p}.",
    evidence="Documents à l'appui",
    more="et {n} autres",
    silent="Sources que l'on n'entend pas : {names}. Leur silence ne dit rien.",
    as_raised="Telle qu'elle a été levée",
    handling="Protection",
    number="Numéro",
    levels=("ouvert", "diffusion restreinte", "confidentiel", "secret", "très secret"),
    watchlist="liste de veille {name}",
    conjunction=" et ",
    days=("{n} jour", "{n} jours"),
    hours=("{n} heure", "{n} heures"),
    under_hour="moins d'une heure",
    states={"quiet": "muette", "failing": "en panne", "never read": "jamais lue", "changed layout": "forme changée",
            "retired": "disparue"},
    digest="{desk} : point des alertes du {day}",
    none_open="Aucune alerte n'est ouverte.",
    some_open=("{n} alerte est ouverte.", "{n} alertes sont ouvertes."),
    open_alerts="Alertes ouvertes, les plus graves d'abord",
    at_desk={"new": "nouvelle", "acknowledged": "prise en compte", "snoozed": "en sommeil"},
    assigned="confiée à {who}",
    snoozed="En sommeil pour l'instant : {n}.",
    changed="Depuis le dernier point",
    first_digest="C'est le premier point.",
    nothing_changed="Rien n'a changé.",
    new="Nouvelles",
    grown="En hausse",
    closed="Terminées",
    sources="Sources que l'on n'entend pas",
    all_heard="Toutes les sources suivies se font entendre comme d'ordinaire.",
    none_followed="Aucune source n'est connue : le silence ne montre rien.",
    held_back="Retenu",
    by_label="Alertes que leur protection interdit d'envoyer par ce canal : {n}.",
    by_policy="Signaux déclenchés mais non levés : {n} ; `vedette alerts list --suppressed` en donne les raisons.",
    nothing_held="Rien n'a été retenu.",
    unsent="Messages qui ne sont pas partis, ou dont l'arrivée n'est pas sûre : {n} ; voir `vedette desks outbox`.",
    automatic="Envoyé par Vedette sans relecture humaine. Vérifiez les documents avant d'en faire usage.",
    test="Vedette : essai de ce canal",
    test_text="Ce canal du bureau {desk} fonctionne.",
    date="d MMMM y",
)  # fmt: skip

_ALL = {one.lang: one for one in (_EN, _VI, _FR)}
LANGUAGES = tuple(_ALL)
"""Languages in which something can be sent."""


def words_of(lang: str) -> Words:
    """The words of a language.

    Raises:
        ValueError: there are none in this language.
    """
    if lang not in _ALL:
        raise ValueError(f"what is sent has words in {', '.join(LANGUAGES)}, not in {lang!r}")
    return _ALL[lang]


def name_of(key: SeriesKey, words: Words) -> str:
    """What a series is about, as a reader says it.

    >>> name_of(SeriesKey("dyad", ("CN", "VN")), words_of("vi"))
    'Trung Quốc và Việt Nam'
    """
    if key.kind == "watchlist":
        return words.watchlist.format(name=" ".join(key.subject))
    if key.kind in ("type", "entity"):
        return " ".join(key.subject)
    territories = Locale.parse(words.lang).territories
    names = [str(territories.get(code, code)) for code in key.subject]
    return " → ".join(names) if key.kind == "directed" else words.conjunction.join(names)


def show_day(day: date, words: Words) -> str:
    """A day as the language writes it."""
    return format_date(day, words.date, locale=words.lang)


def show_number(value: float, words: Words) -> str:
    """A figure with at most one decimal; what that would make a nothing of is said to be less than a tenth."""
    if 0 < value < 0.05:
        return f"<{show_number(0.1, words)}"
    return format_decimal(round(value, 1), format="#,##0.#", locale=words.lang)


def show_chance(value: float, words: Words) -> str:
    """A probability in whole per cents."""
    return format_percent(value, format="#,##0%", locale=words.lang)


def show_span(span: timedelta, words: Words) -> str:
    """A length of time in whole days from two days on, else in hours."""
    hours = int(span.total_seconds() // 3600)
    if hours >= 48:
        return words.days[1].format(n=hours // 24)
    return words.hours[hours != 1].format(n=hours) if hours >= 1 else words.under_hour


def show_level(label: Label, words: Words) -> str:
    """A handling label as a reader says it."""
    return words.levels[label]
