# ruff: noqa: E501
"""Pages of outlets that do not exist: articles of our own wording inside the markup that real sites put around them.

Each article (13 languages) is set in several of the layouts; what a reader should get is its title and paragraphs.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Story:
    """An article: its language, title, summary as a feed gives it, and paragraphs (``# `` subhead, ``- `` list item)."""

    lang: str
    title: str
    summary: str
    body: tuple[str, ...]

    @property
    def gold(self) -> str:
        return "\n".join(line.removeprefix("# ").removeprefix("- ") for line in self.body)


@dataclass(frozen=True)
class Around:
    """What stands around an article in one language: menu, consent, pointers, sign-up, imprint."""

    menu: tuple[str, ...]
    consent: str
    accept: str
    also: str
    others: tuple[str, ...]
    sign_up: str
    imprint: str
    share: str


STORIES = (
    Story("vi", "Cảng Bến Lau mở lại tuyến phà ra đảo",
          "Sau ba tuần sửa chữa, tuyến phà từ cảng Bến Lau ra đảo Hòn Mắt đã chạy lại sáng thứ Hai.",
          ("Sáng thứ Hai, chuyến phà đầu tiên sau ba tuần đã rời cảng Bến Lau ra đảo Hòn Mắt, chở theo 140 hành khách và hai "
           "xe cứu thương, ban quản lý cảng cho biết.",
           "Cầu tàu phía bắc bị nứt sau cơn bão đầu tháng. Các kỹ sư đã thay mười hai cọc bê tông và kiểm tra lại toàn bộ hệ "
           "thống neo trước khi cho tàu cập bến.",
           "# Giá vé giữ nguyên",
           "Ông Trần Quốc Lâm, giám đốc cảng, nói giá vé sẽ không tăng cho đến hết mùa hè. “Người dân trên đảo đã chờ đủ lâu”, "
           "ông nói với các phóng viên tại bến.",
           "Bộ Ngoại giao cho biết hai chuyên gia của nước láng giềng đã giúp khảo sát đáy biển quanh cầu tàu theo một thỏa "
           "thuận ký hồi tháng Ba.")),
    Story("en", "Harbour town reopens its ferry after three weeks",
          "The ferry from Benlau to the island of Honmat sails again after three weeks of repairs to the northern quay.",
          ("The first ferry in three weeks left the harbour of Benlau for the island of Honmat on Monday morning with 140 "
           "passengers and two ambulances on board, the port authority said.",
           "The northern quay had cracked in the storm at the beginning of the month. Engineers replaced twelve concrete piles "
           "and tested every mooring before the first ship was allowed alongside.",
           "# Fares stay where they are",
           "Fares will not rise before the end of the summer, the port's director, Tran Quoc Lam, told reporters on the quay. "
           "\"The people on the island have waited long enough,\" he said.",
           "- Two crossings a day until June",
           "- Four crossings a day from July onwards",
           "Two experts from the neighbouring country helped to survey the sea bed around the quay under an agreement that was "
           "signed in March, the foreign ministry said.")),
    Story("en", "Ministers agree on a hotline for fishing disputes",
          "Two coastal states will set up a hotline so that disputes between fishing boats do not become incidents.",
          ("Ministers of two coastal states agreed on Thursday to set up a telephone line between their coast guards, so that a "
           "quarrel between fishing boats does not grow into an incident between governments.",
           "The line is to be staffed day and night from the first of September. Each side names three officers who speak the "
           "other's language, according to a joint statement of four paragraphs.",
           "Talks had stalled twice since last autumn over the question of who may tow a damaged vessel. The statement leaves "
           "that question to a working group, which is to report before the end of the year.",
           "Diplomats called the result modest but useful. A similar line between two inland states was used eleven times in "
           "its first year, mostly for lost hikers and stray cattle.")),
    Story("fr", "Le bac de Benlau reprend la mer",
          "Après trois semaines de travaux, le bac entre Benlau et l'île de Honmat circule de nouveau.",
          ("Le premier bac depuis trois semaines a quitté lundi matin le port de Benlau pour l'île de Honmat, avec 140 passagers "
           "et deux ambulances à son bord, a indiqué la capitainerie.",
           "Le quai nord s'était fissuré pendant la tempête du début du mois. Les ingénieurs ont remplacé douze pieux en béton et "
           "vérifié chaque amarrage avant d'autoriser l'accostage.",
           "# Des tarifs inchangés",
           "Les tarifs n'augmenteront pas avant la fin de l'été, a promis le directeur du port. « Les habitants de l'île ont assez "
           "attendu », a-t-il déclaré devant les journalistes.",
           "Selon le ministère des Affaires étrangères, deux experts du pays voisin ont aidé à sonder les fonds autour du quai, en "
           "vertu d'un accord signé en mars.")),
    Story("de", "Fähre nach Honmat verkehrt wieder",
          "Nach drei Wochen Reparatur am Nordkai fährt die Fähre von Benlau zur Insel Honmat wieder.",
          ("Am Montagmorgen hat zum ersten Mal seit drei Wochen eine Fähre den Hafen von Benlau in Richtung der Insel Honmat "
           "verlassen. An Bord waren 140 Fahrgäste und zwei Krankenwagen, wie die Hafenbehörde mitteilte.",
           "Der Nordkai war im Sturm zu Beginn des Monats gerissen. Ingenieure ersetzten zwölf Betonpfähle und prüften jede "
           "Vertäuung, bevor das erste Schiff anlegen durfte.",
           "# Preise bleiben gleich",
           "Die Fahrpreise steigen bis zum Ende des Sommers nicht, versprach der Hafendirektor vor Journalisten. „Die Menschen auf "
           "der Insel haben lange genug gewartet“, sagte er.",
           "Zwei Fachleute aus dem Nachbarland halfen nach Angaben des Außenministeriums dabei, den Meeresboden rund um den Kai zu "
           "vermessen. Grundlage war ein Abkommen vom März.")),
    Story("es", "El transbordador a Honmat vuelve a navegar",
          "Tras tres semanas de obras en el muelle norte, el transbordador entre Benlau y Honmat vuelve a navegar.",
          ("El primer transbordador en tres semanas salió el lunes por la mañana del puerto de Benlau rumbo a la isla de Honmat con "
           "140 pasajeros y dos ambulancias a bordo, informó la autoridad portuaria.",
           "El muelle norte se había agrietado durante el temporal de principios de mes. Los ingenieros sustituyeron doce pilotes de "
           "hormigón y revisaron cada amarre antes de permitir el atraque.",
           "Las tarifas no subirán antes de que termine el verano, aseguró el director del puerto. «La gente de la isla ya ha "
           "esperado bastante», dijo a los periodistas.",
           "Dos expertos del país vecino ayudaron a estudiar el fondo marino alrededor del muelle en virtud de un acuerdo firmado en "
           "marzo, según el Ministerio de Asuntos Exteriores.")),
    Story("pt", "Barca para Honmat volta a navegar",
          "Depois de três semanas de obras no cais norte, a barca entre Benlau e Honmat volta a navegar.",
          ("A primeira barca em três semanas deixou o porto de Benlau na manhã de segunda-feira rumo à ilha de Honmat, com 140 "
           "passageiros e duas ambulâncias a bordo, informou a autoridade portuária.",
           "O cais norte havia rachado durante a tempestade do início do mês. Os engenheiros trocaram doze estacas de concreto e "
           "testaram cada amarração antes de liberar a atracação.",
           "As tarifas não vão subir antes do fim do verão, prometeu o diretor do porto. “Os moradores da ilha já esperaram o "
           "bastante”, disse ele aos jornalistas no cais.",
           "Dois especialistas do país vizinho ajudaram a examinar o fundo do mar em torno do cais, com base em um acordo assinado em "
           "março, segundo o Ministério das Relações Exteriores.")),
    Story("pl", "Prom na wyspę Honmat znów pływa",
          "Po trzech tygodniach naprawy północnego nabrzeża prom z Benlau na wyspę Honmat znów pływa.",
          ("W poniedziałek rano pierwszy od trzech tygodni prom wypłynął z portu Benlau na wyspę Honmat. Na pokładzie było 140 "
           "pasażerów i dwie karetki, poinformował zarząd portu.",
           "Północne nabrzeże pękło podczas sztormu na początku miesiąca. Inżynierowie wymienili dwanaście betonowych pali i "
           "sprawdzili każde cumowanie, zanim pozwolili pierwszemu statkowi przybić.",
           "# Ceny bez zmian",
           "Ceny biletów nie wzrosną do końca lata, obiecał dziennikarzom dyrektor portu. „Mieszkańcy wyspy czekali już dość długo”, "
           "powiedział na nabrzeżu.",
           "Według ministerstwa spraw zagranicznych dwóch ekspertów z sąsiedniego kraju pomogło zbadać dno morskie wokół nabrzeża na "
           "mocy umowy podpisanej w marcu.")),
    Story("ru", "Паром на остров Хонмат снова ходит",
          "После трёх недель ремонта северного причала паром из Бенлау на остров Хонмат снова вышел в море.",
          ("В понедельник утром первый за три недели паром вышел из порта Бенлау на остров Хонмат. На борту было 140 пассажиров и две "
           "машины скорой помощи, сообщили в администрации порта.",
           "Северный причал треснул во время шторма в начале месяца. Инженеры заменили двенадцать бетонных свай и проверили каждую "
           "швартовую тумбу, прежде чем разрешить судам подходить к берегу.",
           "# Цены не изменятся",
           "Стоимость билетов не вырастет до конца лета, пообещал директор порта. «Люди на острове ждали достаточно долго», — сказал "
           "он журналистам на причале.",
           "По данным министерства иностранных дел, двое специалистов из соседней страны помогли обследовать морское дно вокруг "
           "причала в рамках соглашения, подписанного в марте.")),
    Story("zh", "本劳港恢复往返岛屿的渡轮",
          "经过三周维修，本劳港开往宏马岛的渡轮周一上午恢复航行。",
          ("周一上午，三周以来的第一班渡轮从本劳港出发前往宏马岛，港务局表示，船上载有一百四十名乘客和两辆救护车。",
           "月初的暴风雨使北侧码头出现裂缝。工程师更换了十二根混凝土桩，并逐一检查系泊设备，然后才允许船只靠岸。",
           "港口负责人陈国林对记者说，夏季结束之前票价不会上涨。他说：“岛上居民已经等得够久了。”",
           "外交部表示，根据三月签署的一项协议，邻国两名专家协助勘测了码头周围的海底情况，有关数据将由双方共同使用。")),
    Story("ja", "ベンラウ港、島への渡し船を再開",
          "北側の岸壁の修理が終わり、ベンラウ港とホンマット島を結ぶ渡し船が三週間ぶりに再開した。",
          ("月曜日の朝、三週間ぶりの渡し船がベンラウ港からホンマット島へ向けて出航した。港湾局によると、乗客百四十人と救急車二台を乗せていた。",
           "北側の岸壁は今月初めの嵐でひびが入っていた。技術者たちはコンクリートの杭十二本を取り替え、すべての係留設備を点検したうえで、船の接岸を認めた。",
           "港の責任者は記者団に対し、夏の終わりまで運賃を上げないと述べた。「島の人々はもう十分に待った」と語った。",
           "外務省によると、三月に結ばれた協定に基づき、隣国の専門家二人が岸壁周辺の海底の調査に協力した。")),
    Story("ko", "벤라우항, 섬으로 가는 여객선 운항 재개",
          "북쪽 부두 수리를 마친 벤라우항에서 혼맛섬으로 가는 여객선이 3주 만에 다시 운항한다.",
          ("월요일 아침 3주 만에 첫 여객선이 벤라우항을 떠나 혼맛섬으로 향했다. 항만청은 승객 140명과 구급차 두 대가 타고 있었다고 밝혔다.",
           "북쪽 부두는 이달 초 폭풍으로 금이 갔다. 기술자들은 콘크리트 말뚝 열두 개를 교체하고 모든 계류 장치를 점검한 뒤에야 배가 접안하도록 허용했다.",
           "항만 책임자는 여름이 끝날 때까지 요금을 올리지 않겠다고 기자들에게 약속했다. 그는 “섬 주민들은 충분히 오래 기다렸다”고 말했다.",
           "외교부에 따르면 이웃 나라의 전문가 두 명이 3월에 서명한 협정에 따라 부두 주변의 해저 조사를 도왔다.")),
    Story("id", "Feri ke Pulau Honmat berlayar lagi",
          "Setelah tiga minggu perbaikan dermaga utara, feri dari Benlau ke Pulau Honmat kembali berlayar.",
          ("Feri pertama dalam tiga minggu meninggalkan Pelabuhan Benlau menuju Pulau Honmat pada Senin pagi dengan 140 penumpang dan "
           "dua ambulans di dalamnya, kata otoritas pelabuhan.",
           "Dermaga utara retak akibat badai pada awal bulan. Para insinyur mengganti dua belas tiang beton dan memeriksa setiap "
           "tambatan sebelum kapal pertama boleh merapat.",
           "Tarif tidak akan naik sampai akhir musim panas, janji direktur pelabuhan. \"Warga pulau sudah cukup lama menunggu,\" "
           "ujarnya kepada wartawan di dermaga.",
           "Dua ahli dari negara tetangga membantu meneliti dasar laut di sekitar dermaga berdasarkan perjanjian yang diteken pada "
           "Maret, kata Kementerian Luar Negeri.")),
    Story("ar", "عبّارة بنلاو تعود إلى الإبحار نحو الجزيرة",
          "بعد ثلاثة أسابيع من إصلاح الرصيف الشمالي عادت العبّارة بين بنلاو وجزيرة هونمات إلى العمل.",
          ("غادرت صباح الاثنين أول عبّارة منذ ثلاثة أسابيع ميناء بنلاو متجهة إلى جزيرة هونمات وعلى متنها مئة وأربعون راكبا وسيارتا إسعاف، "
           "حسبما أعلنت سلطة الميناء.",
           "وكان الرصيف الشمالي قد تشقق في العاصفة التي ضربت الساحل مطلع الشهر. واستبدل المهندسون اثنتي عشرة دعامة خرسانية وفحصوا كل مربط قبل "
           "السماح للسفن بالرسو.",
           "وقال مدير الميناء للصحفيين إن الأسعار لن ترتفع قبل نهاية الصيف، مضيفا أن سكان الجزيرة انتظروا بما يكفي.",
           "وذكرت وزارة الخارجية أن خبيرين من البلد المجاور ساعدا في مسح قاع البحر حول الرصيف بموجب اتفاق وقع في شهر مارس.")),
)  # fmt: skip

AROUND = {
    "vi": Around(("Trang chủ", "Thời sự", "Thế giới", "Kinh tế", "Thể thao", "Liên hệ"),
                 "Chúng tôi sử dụng cookie để cải thiện trải nghiệm của bạn. Xem chính sách cookie.", "Chấp nhận tất cả",
                 "Xem thêm", ("Giá gạo tăng tuần thứ tư liên tiếp", "Đội tuyển nữ vào chung kết", "Mưa lớn ở miền núi"),
                 "Đăng ký nhận bản tin mỗi sáng", "Bản quyền thuộc về tòa soạn. Giấy phép số 17.", "Chia sẻ"),
    "en": Around(("Home", "World", "Business", "Sport", "Opinion", "Contact us"),
                 "We use cookies to improve your visit. Read our cookie policy.", "Accept all cookies",
                 "Read also", ("Rice prices rise for a fourth week", "Women's team reaches the final", "Rain in the hills"),
                 "Sign up for our newsletter", "All rights reserved. Registered at the town court.", "Share this article"),
    "fr": Around(("Accueil", "Monde", "Économie", "Sport", "Opinions", "Contact"),
                 "Nous utilisons des cookies pour améliorer votre visite.", "Tout accepter",
                 "Lire aussi", ("Le prix du riz monte encore", "L'équipe féminine en finale", "Pluie sur les collines"),
                 "Inscrivez-vous à notre lettre du matin", "Tous droits réservés. Mentions légales.", "Partager"),
    "de": Around(("Startseite", "Welt", "Wirtschaft", "Sport", "Meinung", "Kontakt"),
                 "Wir verwenden Cookies, um Ihren Besuch angenehmer zu machen.", "Alle akzeptieren",
                 "Lesen Sie auch", ("Reispreis steigt weiter", "Frauenteam erreicht das Finale", "Regen in den Hügeln"),
                 "Newsletter am Morgen bestellen", "Alle Rechte vorbehalten. Impressum und Datenschutz.", "Teilen"),
    "es": Around(("Inicio", "Mundo", "Economía", "Deportes", "Opinión", "Contacto"),
                 "Utilizamos cookies para mejorar su visita.", "Aceptar todo",
                 "Lea también", ("El arroz sube por cuarta semana", "La selección femenina, finalista", "Lluvia en las colinas"),
                 "Suscríbase a nuestro boletín", "Todos los derechos reservados.", "Compartir"),
    "pt": Around(("Início", "Mundo", "Economia", "Esportes", "Opinião", "Contato"),
                 "Usamos cookies para melhorar sua visita.", "Aceitar todos",
                 "Leia também", ("Arroz sobe pela quarta semana", "Seleção feminina na final", "Chuva nas colinas"),
                 "Assine nosso boletim", "Todos os direitos reservados.", "Compartilhe"),
    "pl": Around(("Strona główna", "Świat", "Gospodarka", "Sport", "Opinie", "Kontakt"),
                 "Używamy plików cookie, aby ułatwić korzystanie z serwisu.", "Akceptuję wszystkie",
                 "Czytaj także", ("Ryż drożeje czwarty tydzień", "Drużyna kobiet w finale", "Deszcz na wzgórzach"),
                 "Zapisz się na poranny biuletyn", "Wszelkie prawa zastrzeżone.", "Udostępnij"),
    "ru": Around(("Главная", "Мир", "Экономика", "Спорт", "Мнения", "Контакты"),
                 "Мы используем файлы cookie, чтобы сделать сайт удобнее.", "Принять все",
                 "Читайте также", ("Рис дорожает четвёртую неделю", "Женская сборная вышла в финал", "Дождь в горах"),
                 "Подпишитесь на утреннюю рассылку", "Все права защищены. Свидетельство о регистрации.", "Поделиться"),
    "zh": Around(("首页", "国际", "财经", "体育", "评论", "联系我们"),
                 "我们使用cookie来改善您的浏览体验。", "全部接受",
                 "相关阅读", ("大米价格连续四周上涨", "女足挺进决赛", "山区有大雨"), "订阅每日早报", "版权所有 未经许可不得转载", "分享"),
    "ja": Around(("ホーム", "国際", "経済", "スポーツ", "社説", "お問い合わせ"),
                 "当サイトではクッキーを使用しています。", "すべて同意",
                 "関連記事", ("米価が四週連続で上昇", "女子代表が決勝へ", "山地で大雨"), "朝のニュースレターに登録", "無断転載を禁じます", "シェア"),
    "ko": Around(("홈", "국제", "경제", "스포츠", "사설", "문의"),
                 "이 사이트는 쿠키를 사용합니다.", "모두 동의",
                 "관련 기사", ("쌀값 4주 연속 상승", "여자 대표팀 결승 진출", "산간 지역 폭우"), "아침 뉴스레터 구독", "무단 전재 금지", "공유하기"),
    "id": Around(("Beranda", "Dunia", "Ekonomi", "Olahraga", "Opini", "Kontak"),
                 "Kami menggunakan cookie agar kunjungan Anda lebih nyaman.", "Terima semua",
                 "Baca juga", ("Harga beras naik pekan keempat", "Tim putri ke final", "Hujan di perbukitan"),
                 "Berlangganan buletin pagi", "Hak cipta dilindungi.", "Bagikan"),
    "ar": Around(("الرئيسية", "العالم", "الاقتصاد", "الرياضة", "الرأي", "اتصل بنا"),
                 "نستخدم ملفات تعريف الارتباط لتحسين زيارتك.", "قبول الكل",
                 "اقرأ أيضا", ("أسعار الأرز ترتفع للأسبوع الرابع", "المنتخب النسائي في النهائي", "أمطار في التلال"),
                 "اشترك في نشرتنا الصباحية", "جميع الحقوق محفوظة", "شارك"),
}  # fmt: skip


def _blocks(story: Story, *, tag: str = "p", between: dict[int, str] | None = None) -> str:
    out: list[str] = []
    for place, line in enumerate(story.body):
        out.append((between or {}).get(place, ""))
        if line.startswith("# "):
            out.append(f"<h2>{html.escape(line[2:])}</h2>")
        elif line.startswith("- "):
            out.append(f"<ul><li>{html.escape(line[2:])}</li></ul>")
        else:
            out.append(f"<{tag}>{html.escape(line)}</{tag}>")
    return "\n".join(out)


def _menu(a: Around) -> str:
    return "".join(f'<li class="menu-item"><a href="/{n}/">{name}</a></li>' for n, name in enumerate(a.menu))


def _others(a: Around) -> str:
    return "".join(
        f'<li><a href="/2014/05/0{n + 1}/x">{html.escape(title)}</a></li>' for n, title in enumerate(a.others)
    )


def _weblog(s: Story, a: Around) -> str:
    """The makings of a common blog program: article, sidebar, comments, consent banner at the end."""
    return f"""<!DOCTYPE html><html lang="{s.lang}"><head><meta charset="utf-8"><title>{s.title} | Benlau Post</title>
<meta property="og:title" content="{html.escape(s.title)}"><meta property="og:site_name" content="Benlau Post">
<meta property="article:published_time" content="2014-05-05T03:10:00+00:00">
<link rel="canonical" href="https://benlau-post.example/2014/05/05/ferry/">
<script>window.dataLayer=window.dataLayer||[];</script><style>.x{{color:red}}</style></head>
<body class="single"><a class="skip-link" href="#main">{a.menu[0]}</a>
<header id="masthead"><div class="site-title"><a href="/">Benlau Post</a></div><nav><ul>{_menu(a)}</ul></nav></header>
<main id="main"><article class="post hentry"><header class="entry-header"><h1 class="entry-title">{s.title}</h1>
<div class="entry-meta"><time datetime="2014-05-05T03:10:00+00:00">05.05.2014</time> <span class="byline">R. Mayen</span></div></header>
<figure class="wp-caption"><img src="q.jpg" alt=""><figcaption>Benlau, 2014</figcaption></figure>
<div class="entry-content">{_blocks(s, between={2: f'<p><strong>{a.also}:</strong> <a href="/y">{a.others[0]}</a></p>'})}
<div class="sharedaddy"><h3>{a.share}</h3><ul><li><a href="#">Facebook</a></li><li><a href="#">X</a></li></ul></div></div>
</article><div id="jp-relatedposts"><h3>{a.also}</h3><ul>{_others(a)}</ul></div></main>
<aside class="widget-area"><section class="widget"><h2>{a.sign_up}</h2><form><input name="e"><button>OK</button></form></section>
<ul>{_others(a)}</ul></aside><footer class="site-footer"><p>{a.imprint}</p></footer>
<div id="cookie-notice" role="dialog"><span>{a.consent}</span><a href="#">{a.accept}</a></div></body></html>"""


def _division_soup(s: Story, a: Around) -> str:
    """Divisions all the way, with class names that say little."""
    body = _blocks(s, tag="div", between={1: f'<div class="ad-slot">{a.menu[1]}</div>'})
    return f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>{s.title} - Tin Biển</title>
<meta name="author" content="Lê Minh"><meta name="pubdate" content="2014-05-05 10:10:00"></head><body>
<div class="consent-layer"><div>{a.consent}</div><div><button>{a.accept}</button></div></div>
<div class="top"><div class="logo"><a href="/">Tin Biển</a></div><div class="menu"><ul>{_menu(a)}</ul></div></div>
<div class="wrap"><div class="left-col"><div class="crumbs"><a href="/">{a.menu[0]}</a> / <a href="/1/">{a.menu[1]}</a></div>
<h1>{s.title}</h1><div class="date">05/05/2014 10:10</div><div class="detail-content">{body}</div>
<div class="tags"><a href="/t/1">Benlau</a>, <a href="/t/2">Honmat</a></div>
<div class="box-related"><div class="box-title">{a.also}</div><ul>{_others(a)}</ul></div></div>
<div class="right-col"><div class="box"><b>{a.menu[2]}</b><ul>{_others(a)}</ul></div></div></div>
<div class="footer">{a.imprint}</div></body></html>"""


def _ministry(s: Story, a: Around) -> str:
    """Tables for layout, as old sites of ministries have them; breaks instead of paragraphs."""
    text = "<br><br>".join(html.escape(line.removeprefix("# ").removeprefix("- ")) for line in s.body)
    return f"""<html><head><title>{s.title}</title><meta name="date" content="2014-05-05"></head><body bgcolor="#ffffff">
<table width="960"><tr><td colspan="2"><img src="banner.gif" alt="Ministry"></td></tr>
<tr><td width="200" valign="top"><ul>{_menu(a)}</ul><form action="/s"><input name="q"></form></td>
<td valign="top"><font size="4"><b>{s.title}</b></font><br><i>05.05.2014</i><br><br><div class="content">{text}</div><br>
<a href="javascript:window.print()">Print</a> <a href="javascript:history.back()">Back</a></td></tr>
<tr><td colspan="2" align="center"><small>{a.imprint}</small></td></tr></table></body></html>"""


def _magazine(s: Story, a: Around) -> str:
    """JSON-LD, sections, pointers between the paragraphs, and a list of other articles behind."""
    data = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": "Revue Benlau"},
            {"@type": "NewsArticle", "headline": s.title, "datePublished": "2014-05-05T05:10:00+02:00",
             "author": [{"@type": "Person", "name": "A. Corbin"}, {"@type": "Person", "name": "T. Lam"}],
             "publisher": {"@type": "Organization", "name": "Revue Benlau"},
             "mainEntityOfPage": "https://www.revue-benlau.example/monde/article-17.html"},
        ],
    }  # fmt: skip
    body = _blocks(s, between={
        2: f'<div class="inline-related"><span>{a.also}</span><a href="/z">{a.others[1]}</a></div>',
        3: f'<p class="c-inread">{a.also} : <a href="/w">{a.others[2]}</a></p>',
    })  # fmt: skip
    return f"""<!doctype html><html lang="{s.lang}"><head><meta charset="utf-8"><title>{s.title} – Revue Benlau</title>
<meta property="og:url" content="https://www.revue-benlau.example/monde/article-17.html">
<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>
<script async src="https://ads.example/a.js"></script></head><body>
<header class="header"><nav class="nav" aria-label="main"><ul>{_menu(a)}</ul></nav></header>
<section class="article-wrap"><div class="kicker">{a.menu[1]}</div><h1 class="title">{s.title}</h1>
<p class="standfirst">{s.summary}</p><div class="meta">A. Corbin &middot; 5.5.2014</div>
<section class="article__content">{body}<p class="newsletter">{a.sign_up}</p></section></section>
<section class="more"><h2>{a.also}</h2>{"".join(f'<article><h3><a href="/m{n}">{t}</a></h3></article>' for n, t in enumerate(a.others))}
</section><footer><ul><li>{a.imprint}</li></ul></footer><dialog open>{a.consent} <button>{a.accept}</button></dialog></body></html>"""


def _wire(s: Story, a: Around) -> str:
    """A wire's bare page: few signs of structure, the consent text first and within the body's flow."""
    return f"""<!DOCTYPE html><html><head><meta charset=utf-8><title>{s.title}</title></head><body>
<div class="gdpr-banner"><p>{a.consent}</p><p><a href="/c">{a.accept}</a></p></div><div id="nav">{" | ".join(a.menu)}</div>
<div id="story"><h1>{s.title}</h1><p class="dateline">BENLAU, 5.5.2014</p>{_blocks(s)}</div>
<div id="bottom"><p>{a.share}: <a href="#">Facebook</a> <a href="#">X</a></p><p>{a.imprint}</p></div></body></html>"""


LAYOUTS: dict[str, Callable[[Story, Around], str]] = {
    "weblog": _weblog,
    "soup": _division_soup,
    "ministry": _ministry,
    "magazine": _magazine,
    "wire": _wire,
}


def pages() -> Iterator[tuple[str, Story, str]]:
    """(name, story, markup): every story in two of the layouts, the English and Vietnamese ones in all."""
    layouts = list(LAYOUTS)
    for place, story in enumerate(STORIES):
        chosen = layouts if story.lang in ("vi", "en") else [layouts[(place + step) % len(layouts)] for step in (0, 2)]
        for layout in chosen:
            yield f"{story.lang}-{place}-{layout}", story, LAYOUTS[layout](story, AROUND[story.lang])
