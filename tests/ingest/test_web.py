# ruff: noqa: E501
"""Articles out of pages: how much of them arrives, when the feed's own text is kept, and what a page cannot claim."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.document import Document
from domain.protocols import Response
from domain.text import fold, words
from ingest.dedup import same_site
from ingest.html import to_text
from ingest.walls import is_notice, is_pointer, wall_of
from ingest.web import LONGEST_ARTICLE, Article, article, choose, read_article
from tests.ingest.article_pages import AROUND, LAYOUTS, STORIES, Story, pages

READ = datetime(2014, 5, 6, 12, tzinfo=UTC)
URL = "https://benlau-post.example/2014/05/05/ferry/?utm_source=rss"


def shares(got: str, gold: str) -> tuple[float, float]:
    """Precision and recall of words, each counted as often as it stands there."""
    have, want = Counter(words(fold(got))), Counter(words(fold(gold)))
    common = (have & want).total()
    return common / max(1, have.total()), common / want.total()


def test_articles_arrive_whole_and_alone_in_thirteen_languages() -> None:
    """Words of 37 pages in five layouts: far above what is left when only the tags are taken away."""
    ours, bare = [], []
    for name, story, markup in pages():
        found = read_article(markup, url="https://a.example/x")
        ours.append((*shares(found.text, story.gold), name))
        bare.append(shares(to_text(markup), story.gold))
        assert found.title == story.title, name
        assert not found.wall, name
    precision = sum(p for p, _, _ in ours) / len(ours)
    recall = sum(r for _, r, _ in ours) / len(ours)
    assert precision > 0.98
    assert recall > 0.99
    assert min(ours)[0] > 0.9, min(ours)
    assert precision > sum(p for p, _ in bare) / len(bare) + 0.25


# --- the page or the feed -------------------------------------------------------------------------------------------


def of_feed(story: Story, **more: object) -> Document:
    said: dict[str, object] = {
        "source": "Benlau Post", "title": story.title, "text": story.summary, "item": URL, "known": READ,
        "published": datetime(2014, 5, 5, 3, 15, tzinfo=UTC), "url": URL, "external_id": "post-17", "meta": {"feed": "f"},
    }  # fmt: skip
    return Document(**{**said, **more})  # type: ignore[arg-type]


def fetched(markup: str | bytes, *, url: str = URL, kind: str = "text/html; charset=utf-8") -> Response:
    body = markup if isinstance(markup, bytes) else markup.encode()
    return Response(url=url, status=200, headers={"content-type": kind}, body=body)


def page(story: Story, layout: str = "weblog") -> str:
    return LAYOUTS[layout](story, AROUND[story.lang])


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.lang)
def test_the_page_is_taken_where_the_feed_has_a_summary(story: Story) -> None:
    document = of_feed(story)
    got = article(document, fetched(page(story)), read_at=READ)
    assert got.meta["article"] == "from the page"
    assert shares(got.text, story.gold)[1] > 0.99
    assert got.id == document.id
    assert (got.title, got.source, got.item, got.known) == (
        document.title,
        document.source,
        document.item,
        document.known,
    )
    assert got.url == "https://benlau-post.example/2014/05/05/ferry/"
    assert got.meta["site"] == "Benlau Post"
    assert got.published == document.published
    assert got.lang_hint == story.lang
    assert "<script" not in got.html


def test_a_feed_with_the_whole_text_keeps_it() -> None:
    whole = "\n".join(line.removeprefix("# ").removeprefix("- ") for line in STORIES[1].body * 2)
    got = article(of_feed(STORIES[1], text=whole), fetched(page(STORIES[1])), read_at=READ)
    assert got.text == whole
    assert got.meta["article"] == "from the feed: the feed has the whole text"


def test_a_feed_that_cuts_its_text_off_gives_way() -> None:
    cut = STORIES[1].gold[:400] + " [...]"
    got = article(
        of_feed(STORIES[1], text=cut, title="Harbour town reopens its…"), fetched(page(STORIES[1])), read_at=READ
    )
    assert got.meta["article"] == "from the page"
    assert got.title == STORIES[1].title


def test_a_title_alone_is_enough_to_know_the_page() -> None:
    for story in STORIES:
        got = article(of_feed(story, text=story.title), fetched(page(story, "wire")), read_at=READ)
        assert got.meta["article"] == "from the page", story.lang
        assert got.title == story.title


def test_another_article_at_the_same_address_is_not_taken() -> None:
    got = article(of_feed(STORIES[1]), fetched(page(STORIES[2])), read_at=READ)
    assert got.text == STORIES[1].summary
    assert got.meta["article"] == "from the feed: the page speaks of something else"


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("application/pdf", b"%PDF-1.7", "the page is application/pdf, not HTML"),
        ("image/png", b"\x89PNG", "the page is image/png, not HTML"),
        ("text/html", b"\x00\x01\x02\xff" * 50, "the page"),
        ("text/html", b"", "the page"),
        ("text/html", b"<html><body></body></html>", "no article was found on the page"),
        ("text/html", b"<html><script>go()</script></html>", "no article was found on the page"),
        ("text/html", b"<script>go()</script>", "the page is empty"),
    ],
)
def test_pages_that_are_none(kind: str, body: bytes, reason: str) -> None:
    document = of_feed(STORIES[1])
    got = article(document, fetched(body, kind=kind), read_at=READ)
    assert str(got.meta["article"]).startswith(f"from the feed: {reason}")
    assert replace(got, meta=document.meta) == document


def test_the_encoding_is_that_of_the_header_then_of_the_page() -> None:
    story = next(one for one in STORIES if one.lang == "ru")
    bare = page(story, "soup")
    for kind, written in (("text/html; charset=windows-1251", bare), ("text/html", bare.replace("utf-8", "koi8-r"))):
        body = written.encode("cp1251" if "1251" in kind else "koi8-r", "replace")
        got = article(of_feed(story), fetched(body, kind=kind), read_at=READ)
        assert shares(got.text, story.gold)[1] > 0.97, kind


def test_a_book_is_no_article() -> None:
    book = "".join(f"<p>{STORIES[1].body[0]} {n}</p>" for n in range(LONGEST_ARTICLE // 150))
    got = article(of_feed(STORIES[1]), fetched(f"<html><body><article>{book}</article></body></html>"), read_at=READ)
    assert "which is no article" in str(got.meta["article"])


# --- walls ----------------------------------------------------------------------------------------------------------

WALLS = [
    ("asks for consent", "vi", "Chúng tôi sử dụng cookie và các công nghệ tương tự. Chấp nhận tất cả để đọc tiếp."),
    (
        "asks for consent",
        "en",
        "Before you continue. We value your privacy. We and our partners store and access data.",
    ),
    ("asks for consent", "fr", "Nous utilisons des cookies. Vous pouvez tout accepter ou continuer sans accepter."),
    ("asks for consent", "de", "Mit Werbung weiterlesen. Wir verwenden Cookies. Alle akzeptieren"),
    ("asks for consent", "es", "Utilizamos cookies propias y de terceros. Aceptar y continuar. Rechazar todo."),
    ("asks for consent", "pt", "Usamos cookies para personalizar anúncios. Aceitar todos. Rejeitar todos."),
    ("asks for consent", "pl", "Używamy plików cookie. Przejdź do serwisu. Zaakceptuj wszystkie."),
    ("asks for consent", "ru", "Мы используем файлы cookie. Принять все. Настройки cookie."),
    ("asks for consent", "zh", "我们使用Cookie和类似技术。接受所有Cookie 或更改 Cookie设置"),
    ("asks for consent", "ja", "当社とパートナーはクッキーを使用します。すべて同意する"),
    ("asks for consent", "ko", "당사는 쿠키를 사용합니다. 모두 동의하고 계속하기"),
    ("asks for consent", "id", "Kami menggunakan cookie untuk iklan. Terima semua atau buka pengaturan cookie."),
    ("asks for consent", "ar", "نستخدم ملفات تعريف الارتباط لعرض الإعلانات. قبول الكل"),
    ("needs JavaScript", "en", "Please enable JavaScript in your browser to view this site."),
    ("needs JavaScript", "fr", "Veuillez activer JavaScript pour afficher cette page."),
    ("needs JavaScript", "ru", "Пожалуйста, включите JavaScript, чтобы продолжить."),
    ("needs JavaScript", "ja", "JavaScriptを有効にしてください。"),
    ("checks for robots", "en", "Just a moment... Checking your browser before accessing the site."),
    ("checks for robots", "de", "Sicherheitsüberprüfung: Bitte bestätigen Sie, dass Sie kein Roboter sind."),
    ("checks for robots", "zh", "请完成验证后继续访问 安全验证"),
    ("checks for robots", "vi", "Vui lòng xác minh bạn là con người để tiếp tục."),
    ("asks to log in", "en", "Please log in. Forgot your password? Already have an account?"),
    ("asks to log in", "pl", "Zaloguj się, aby czytać dalej. Nie pamiętasz hasła?"),
    ("asks to log in", "ko", "로그인이 필요한 서비스입니다. 비밀번호를 잊으셨나요?"),
    ("asks to log in", "ar", "يرجى تسجيل الدخول. هل نسيت كلمة المرور؟"),
    ("is behind a paywall", "en", "Subscribe to continue reading. Already a subscriber? Sign in here."),
    ("is behind a paywall", "fr", "Cet article est réservé aux abonnés. Déjà abonné ? Connectez-vous."),
    ("is behind a paywall", "es", "Contenido exclusivo para suscriptores. ¿Ya eres suscriptor?"),
    ("is behind a paywall", "ja", "この記事は有料会員限定です。残り文字数はあとわずか。"),
    ("is an error page", "en", "404 Not Found. The page you requested is no longer available."),
    ("is an error page", "vi", "Không tìm thấy trang. Trang bạn yêu cầu có thể đã bị xóa."),
    ("is an error page", "pt", "Página não encontrada. A página que procura foi movida."),
    ("is an error page", "id", "Halaman tidak ditemukan. Halaman yang Anda cari sudah dipindahkan."),
    ("is an error page", "zh", "抱歉，您访问的页面不存在。"),
]


@pytest.mark.parametrize(("wall", "lang", "text"), WALLS, ids=[f"{w}-{lang}" for w, lang, _ in WALLS])
def test_what_stands_before_an_article_is_seen_and_the_feed_kept(wall: str, lang: str, text: str) -> None:
    assert wall_of(text) == wall
    story = next((one for one in STORIES if one.lang == lang), STORIES[1])
    menu = "".join(f"<li><a href='/{n}'>{name}</a></li>" for n, name in enumerate(AROUND[lang].menu))
    markup = f"<html><head><title>Benlau Post</title></head><body><ul>{menu}</ul><div><p>{text}</p></div></body></html>"
    got = article(of_feed(story), fetched(markup), read_at=READ)
    assert got.text == story.summary
    assert got.meta["article"] == f"from the feed: the page {wall}"


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(STORIES[1].body),
        "The court ruled that a site may not ask its visitors to accept all cookies before it shows them the news. The judges "
        "wrote that consent has to be given freely. The case was brought by two students of law, who had counted four hundred "
        "sites with a button to accept and none to refuse. The regulator said that it would write to all of them, and that "
        "fines would follow within the year. An association of publishers called the ruling a burden on small outlets, which "
        "live on advertising. The government is to present a bill before the summer, the justice ministry said in a statement.",
        "Access to three news sites was denied to readers in the north on Tuesday, the union of journalists said, and calls to "
        "the operators went unanswered. The ministry spoke of a fault in a cable. Engineers were sent to two stations along "
        "the coast, and by the evening most of the sites could be read again, according to a monitor that follows outages. "
        "The union asked for an inquiry and noted that all three had reported on the strike at the harbour.",
    ],
)
def test_articles_about_walls_are_none(text: str) -> None:
    assert wall_of(text) == ""


def test_behind_a_paywall_what_is_shown_is_kept_when_it_is_more_than_the_feed_has() -> None:
    story = STORIES[1]
    shown = "".join(f"<p>{line}</p>" for line in story.body[:2])
    markup = (
        '<html><head><script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":"False"}</script></head>'
        f"<body><article><h1>{story.title}</h1>{shown}<p>Subscribe to continue reading.</p></article></body></html>"
    )
    got = article(of_feed(story), fetched(markup), read_at=READ)
    assert got.meta["article"] == "from the page (the page is behind a paywall; this much of the article is on it)"
    assert got.text == "\n".join(story.body[:2])


@pytest.mark.parametrize(
    "line",
    [
        "Read also: Rice prices rise", "READ MORE", "Xem thêm: Giá gạo", "Lire aussi :", "» Lesen Sie auch: Reis" [2:],
        "Lea también", "Leia também:", "Czytaj także: Ryż", "Читайте также", "相关阅读：大米", "関連記事", "관련기사", "Baca juga: Beras",
        "اقرأ أيضا: أرز",
    ],
)  # fmt: skip
def test_lines_that_point_elsewhere(line: str) -> None:
    assert is_pointer(line)


@pytest.mark.parametrize(
    "line",
    ["Related to this, the minister said that fares would stay.", "Most read the paper in the morning.", "", "Reklama trwa",
     "He read more: books on law, maps, the letters of his father, and in the end the whole of the treaty, line by line, "
     "as he had been told to do by the ministry in the spring of that year."],
)  # fmt: skip
def test_lines_that_do_not(line: str) -> None:
    assert not is_pointer(line)
    assert not is_notice(line)


# --- what a page cannot claim ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "taken"),
    [
        ("https://benlau-post.example/2014/05/05/ferry", "https://benlau-post.example/2014/05/05/ferry"),
        ("https://www.benlau-post.example/ferry?utm_medium=x", "https://www.benlau-post.example/ferry"),
        ("/2014/ferry", "https://benlau-post.example/2014/ferry"),
        ("http://benlau-post.example/ferry", "https://benlau-post.example/ferry"),
        ("https://mofa.gov.vn/statement", None),
        ("https://benlau-post.example.evil.example/ferry", None),
        ("//evil.example/x", None),
        ("https://benlau-post.example/", None),
        ("javascript:alert(1)", None),
        ("http://[::1", None),
    ],
)
def test_an_address_is_believed_on_its_own_site_only(claimed: str, taken: str | None) -> None:
    markup = page(STORIES[1], "wire").replace("<head>", f'<head><link rel="canonical" href="{claimed}">')
    got = article(of_feed(STORIES[1]), fetched(markup), read_at=READ)
    assert got.url == (taken or "https://benlau-post.example/2014/05/05/ferry/")
    named_by_it = of_feed(STORIES[1], external_id=None)
    unnamed = article(named_by_it, fetched(markup), read_at=READ)
    assert (unnamed.id, unnamed.url) == (named_by_it.id, URL)
    assert unnamed.meta["canonical_url"] == got.url


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.mofa.gov.vn/x", "http://en.mofa.gov.vn/", True),
        ("https://mofa.gov.vn/", "https://mod.gov.vn/", False),
        ("https://a.github.io/", "https://b.github.io/", False),
        ("https://news.a.co.uk/", "https://a.co.uk/", True),
        ("https://a.co.uk/", "https://b.co.uk/", False),
        ("https://bücher.example/", "https://www.xn--bcher-kva.example/", True),
        ("http://127.0.0.1/", "http://127.0.0.1:8080/", True),
        ("http://127.0.0.1/", "http://10.0.0.1/", False),
        ("http://1.2.0.1/", "http://3.4.0.1/", False),
        ("http://[::1]/", "http://[::1]/x", True),
        ("nonsense", "nonsense", False),
    ],
)
def test_one_site(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same


def test_a_page_cannot_date_itself_into_the_future_nor_far_into_the_past() -> None:
    for printed in ("2031-01-01T00:00:00Z", "2009-03-01T00:00:00Z"):
        markup = page(STORIES[1]).replace("2014-05-05T03:10:00+00:00", printed)
        got = article(of_feed(STORIES[1]), fetched(markup), read_at=READ)
        assert got.published == datetime(2014, 5, 5, 3, 15, tzinfo=UTC)
        assert got.meta["published_notes"]
    undated = article(of_feed(STORIES[1], published=None), fetched(page(STORIES[1])), read_at=READ)
    assert undated.published == datetime(2014, 5, 5, 3, 10, tzinfo=UTC)
    assert undated.meta["published_from"] == "page"


def test_what_the_feed_lacks_comes_from_the_page() -> None:
    got = article(of_feed(STORIES[3]), fetched(page(STORIES[3], "magazine")), read_at=READ)
    assert got.meta["authors"] == ["A. Corbin", "T. Lam"]
    assert got.meta["site"] == "Revue Benlau"
    known = article(
        of_feed(STORIES[3], meta={"authors": ["R. Mayen"]}), fetched(page(STORIES[3], "magazine")), read_at=READ
    )
    assert known.meta["authors"] == ["R. Mayen"]


def test_text_in_a_data_block_serves_a_page_that_scripts_fill() -> None:
    body = " ".join(STORIES[2].body)
    markup = (
        f"<html><head><title>{STORIES[2].title}</title><script type='application/ld+json'>"
        f'[{{"@type": ["NewsArticle"], "headline": "x", "articleBody": "{body} &lt;script&gt;x&lt;/script&gt;"}}]</script></head>'
        "<body><div id=root></div></body></html>"
    )
    got = article(of_feed(STORIES[2]), fetched(markup), read_at=READ)
    assert got.meta["article"] == "from the page"
    assert shares(got.text, STORIES[2].gold)[1] > 0.99
    assert "<" not in got.text


def test_nothing_in_the_markup_kept_can_run() -> None:
    bad = "<p onclick=x()>It <a href='javascript:x()'>opens</a> <img src=x onerror=x()><b>now</b><iframe src=//e></iframe></p>"
    markup = (
        page(STORIES[1]).replace("</article>", f"{bad}</article>").replace("<p>", "<p style='x:y' onmouseover=x()>")
    )
    got = article(of_feed(STORIES[1]), fetched(markup), read_at=READ)
    assert "<h2>" in got.html
    for word in ("onclick", "onmouseover", "javascript", "<img", "<iframe", "style", "onerror"):
        assert word not in got.html


# --- hostile --------------------------------------------------------------------------------------------------------

P = "<p>The harbour of number {} opened on Monday after three weeks of repairs, the port authority said on the quay.</p>"
HOSTILE = {
    "100,000 paragraphs": "<article>" + "".join(P.format(n) for n in range(100_000)),
    "deep": "<div>" * 1_000_000 + "deep",
    "deep tables": ("<table><tr><td>" * 60 + "x" + "</td></tr></table>" * 60) * 5000,
    "only signs": "<" * 8_000_000,
    "short blocks": "".join(f"<{t}>word and more" for t in ("li", "td", "b", "ul", "p", "article") * 5000),
    "formatting": "<p>" + "<b><i><a href=x>" * 100_000 + "x",
    "attributes": "<p " + "class='a b' " * 500_000 + ">x",
    "data": "<script type='application/ld+json'>" + "[" * 2_000_000 + "</script><p>x</p>",
    "data without end": "<script type='application/ld+json'>{" * 50_000,
    "dates": "<div>" * 150 + "<time datetime='2014-05-05'>x</time>" * 100_000,
    "one word": "<p>" + "x" * 8_000_000,
    "entities": "<p>" + "&amp;lt;script&gt;" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_end_in_time(name: str) -> None:
    document = of_feed(STORIES[1])
    started = time.process_time()
    got = article(document, fetched(HOSTILE[name]), read_at=READ)
    assert time.process_time() - started < 15
    assert got.id == document.id
    assert len(got.text) <= LONGEST_ARTICLE


@settings(max_examples=60, deadline=None)
@given(
    pieces=st.lists(
        st.sampled_from(
            ["<article>", "</article>", "<p>", "</p>", "<table>", "<tr><td>", "</table>", "<li>", "<a href='", "'>", "<!--", "-->",
             "<script type='application/ld+json'>", "</script>", '{"@type":"NewsArticle","datePublished":', "2014-05-05", "}", "<h1>",
             "Harbour town reopens its ferry ", "\x00", "\u202e", "<time datetime=", "&#x80;", "<svg><title>", "]]>", "<br/>", "\ud800"]
        ) | st.text(max_size=8),
        max_size=60,
    )
)  # fmt: skip
def test_no_page_breaks_it(pieces: list[str]) -> None:
    document = of_feed(STORIES[1])
    got = article(document, fetched("".join(pieces).encode("utf-8", "surrogatepass")), read_at=READ)
    assert got.id == document.id
    assert got.published is not None
    assert got.published <= READ
    assert "<script" not in got.html


def test_choosing_is_pure() -> None:
    found = read_article(page(STORIES[1]), url=URL)
    assert isinstance(found, Article)
    assert choose(of_feed(STORIES[1]), found) == choose(of_feed(STORIES[1]), found) == (True, "")


def test_the_pages_are_ours() -> None:
    """No page holds an address of a site that exists."""
    text = Path(__file__).with_name("article_pages.py").read_text(encoding="utf-8")
    assert all(".example" in rest.split("/")[0] or rest.startswith("schema.org") for rest in text.split("https://")[1:])
