"""Facts about languages that language identification weighs: scripts, alphabets, small words."""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Scripts that name a language by themselves: how the Unicode names of their letters begin.
SCRIPTS = {
    "THAI": "th", "LAO": "lo", "KHMER": "km", "MYANMAR": "my", "HANGUL": "ko", "GREEK": "el", "GEORGIAN": "ka",
    "ARMENIAN": "hy", "HEBREW": "he", "TAMIL": "ta", "TELUGU": "te", "KANNADA": "kn", "MALAYALAM": "ml",
    "GUJARATI": "gu", "GURMUKHI": "pa", "BENGALI": "bn", "ORIYA": "or", "SINHALA": "si", "TIBETAN": "bo",
    "ETHIOPIC": "am", "MONGOLIAN": "mn", "THAANA": "dv",
}  # fmt: skip

# How much of the world's news and papers is in a language, roughly: 1 for the large ones, less for the rest.
LARGE = _set("ar de en es fa fr id it ja ko nl pl pt ru tr uk vi zh")
RARE = _set("cy eo eu ga la lg mi sn st tn ts xh yo zu")
SMALL = _set("af bs ca is kk mk mn ms nn so sq sw tl")

# Letters a language is not written with. One found there speaks against it.
FOREIGN_CYRILLIC = "әғқңөұүһіїєґўјљњђћџѓќѕ"
LACKS = {
    "ru": FOREIGN_CYRILLIC,
    "uk": "ыэёъўәғқңөұүһјљњђћџѓќѕ",
    "be": "ищъїєґәғқңөұүһјљњђћџѓќѕ",
    "bg": "ыэё" + FOREIGN_CYRILLIC,
    "mk": "йяюьыэёщъіїєґўәғқңөұүһђћ",
    "sr": "йяюьыэёщъіїєґўәғқңөұүһѓќѕ",
    "mn": "іїєґўјљњђћџѓќѕәғқңұһ",
    "kk": "їєґўјљњђћџѓќѕ",
    "es": "ãõçàèìòùâêôäöß", "pt": "ñäößèìòù¿¡", "it": "ñãõçäöß¿¡áíúâêô", "fr": "ñãõßáíóúìò¿¡", "ca": "ñãõßäöâêôì",
    "de": "ñãõçáíóúìòùâêô¿¡", "nl": "ñãõßìòù¿¡", "en": "ñãõßäöìòù¿¡çâêôàèáíóúéü", "id": "ñãõßäöìòùçâêôàèáíóúü",
    "ms": "ñãõßäöìòùçâêôàèáíóúü",
}  # fmt: skip
# Letters of which a text of some length has one: each word without makes the language less likely.
NEEDS = {"kk": "әғқңөұүһ", "mn": "өү", "be": "ўіы", "uk": "іїєґ", "mk": "ѓќѕјљњџ", "sr": "јљњђћџ"}

# Words that only one of two near languages writes so. Indonesian and Malay share most others.
WORDS = {
    "id": _set(
        "bahwa bisa karena uang kantor mobil polisi presiden provinsi inggris tiongkok perusahaan selasa jumat "
        "agustus oktober desember maret kebijakan pemerintah mengatakan tewas warga usai terkait soal serikat "
        "kepolisian sejumlah kalian"
    ),
    "ms": _set(
        "ialah bahawa kerana wang pejabat kereta polis perdana inggeris syarikat isnin khamis jumaat ogos "
        "disember mac beliau mahu datuk agong ringgit sekiranya manakala susulan kerajaan"
    ),
}  # fmt: skip
# The commonest small words: in a title of five words they say more than its letters, which names make odd.
SMALL_WORDS = {
    code: _set(own)
    for code, own in {
        "en": "the of and in to is was were has have had for with by from at on that after over as he she it his their "
        "this not are be an will says said who you we they but how why what",
        "fr": "le la les des du de et un une à est ont dans selon pour que qui au aux sur par avec pas plus il elle en "
        "après son sa ses ce cette était sont nous je mais",
        "de": "der die das und in den dem des ist ein eine einen einer von mit im zu zum zur auf für nicht sich nach "
        "bei aus wird wurde er sie es als auch am über hat haben wir ich aber",
        "es": "el la los las un una de del en con y al es son más por su sus lo que se para no tras según ha fue era "
        "como pero este esta sobre entre",
        "pt": "o os a as um uma de do da dos das em no na nos nas com e ao à é são mais por pelo pela seu sua que se "
        "para não após segundo foi era como mas isto este esta sobre entre ele ela eu você",
        "it": "il lo la gli le i un una uno di del della dei delle e è che non per con in nel nella al alla da dal ha "
        "sono si più dopo secondo come ma questo questa lui lei era cui",
        "nl": "de het een van en in is zijn op met voor dat niet aan te door naar bij uit om ook als maar heeft hij "
        "zij er",
        "pl": "w i na z do się że nie to jest o po od za przez dla jak ale był była są przed oraz jego który",
        "id": "yang dan di dari dengan untuk pada dalam ini itu tidak adalah akan oleh ke dia mereka kami saya juga "
        "telah",
        "ms": "yang dan di dari dengan untuk pada dalam ini itu tidak ialah akan oleh ke dia mereka kami saya juga "
        "telah",
        "ru": "в и на с не что по из за к он она это как от для о но его был были при после",
        "uk": "в у і й та на з не що по із за до він вона це як від для про але його був були при після",
        "tr": "ve bir bu için ile da de olarak daha çok en ne gibi kadar sonra",
    }.items()
}
# A few of the commonest words of languages that the trigrams take for others: a text of some length that has none of
# them is in another language, one perhaps that nobody here knows. Words that many languages have are left out.
COMMON_WORDS = SMALL_WORDS | {
    code: _set(own) | SMALL_WORDS.get(code, frozenset())
    for code, own in {
        "en": "its so would could about there their them then him her she our out up if all more been one i",
        "fr": "se ne du d l a ces aux tout leur mais où ou sans sous vers très peut cela cette",
        "de": "ihn ihnen diese dieser ihre seine wie nur noch vor bis unter so wenn kann waren haben sein ihr uns",
        "es": "le me mi si ya muy ser están había sin todo hay nos esa eso esto pero desde hasta cuando o",
        "it": "sul sulla sulle sui nei nelle dei degli dai dalle si ma mi ci se anche o tra fra suo sua loro al",
        "pt": "lo la me já muito ser está havia sem todo nos isso desde até quando ou tem há à às ao aos",
        "nl": "hun deze dit was worden werd al nog over onder tot heb ik we dan kan",
        "pl": "a o tym tego przy tylko już są może ich jej być który która które także oraz ze od co ma po",
        "id": "sedang seorang sebagai menjadi setiap kepada ada bisa lebih saat tersebut bahwa atau serta ketika "
        "hanya semua para namun seperti sebuah kali karena secara sudah tak antara",
        "ms": "sedang seorang sebagai menjadi setiap kepada ada boleh lebih tersebut bahawa atau serta ketika hanya "
        "semua para namun seperti sebuah kerana secara sudah antara",
        "ru": "также же бы мы вы их её ее все всего это этот эти уже или так если до во со о об чтобы который которые "
        "только будет может быть можно более под каждую их у я ты меня",
        "uk": "також же би ми ви їх її все це цей ці вже або так якщо до зі о об щоб який які тільки буде може бути "
        "більш під у я ти мене та",
        "tr": "olan çok gibi ancak ki mi ya veya her o kendi üzerinde göre kadar ise diye",
        "cy": "y yn ar yr mae ei wedi ac am bod oedd sydd", "tl": "ang ng sa mga at ay si ni kay siya hindi ito",
        "sw": "ya wa kwa ni katika la za cha kuwa hii", "ts": "ku swi leswi eka hi xi va ni hikuva loko",
        "so": "iyo oo ka ku waa uu ee ay ayaa", "sq": "e të në për që një dhe nga më është",
        "af": "die van en het is dat nie wat sy op te", "la": "et in est non ad ut cum sed quod ex",
        "eo": "la de kaj en estas al ke por kun ne", "et": "ja on ei et see ka oli kui mis",
        "fi": "ja on ei että se oli hän myös mutta kun", "nb": "og er det på som en av til for at med",
        "nn": "og er det på som ein av til for at med", "da": "og er det på som en af til for at med",
        "sv": "och är det på som en av till för att med", "cs": "a v na se je že s z do o pro to",
        "sk": "a v na sa je že s z do o pre to", "hu": "a az és hogy nem is egy ez van meg",
        "ro": "și de în la a cu că nu pe din o ale", "hr": "i je u na se da za od su s kako će",
        "bs": "i je u na se da za od su s kako će", "sl": "in je v na se da za so s ki", "lt": "ir į su kad iš yra tai",
        "lv": "un ir ar no uz kas par ka", "ca": "el la de i que en a un per els amb les",
        "eu": "eta da ez du bat ere dira",
        "ga": "an na agus ar go le is na", "is": "og í að á er til sem við um", "az": "və bu bir da ilə ki üçün",
        "mi": "te ki nga he ka ko ngā hoki", "yo": "ni ti ó sí wọn àwọn ń", "zu": "ukuthi futhi nge uma ngo",
        "xh": "ukuba kwaye nge kunye le", "st": "ho ba le ka hore ea", "tn": "go ba le mo gore fa",
        "sn": "kuti uye ne pa kana", "lg": "nga mu ku ne okuba nti",
    }.items()
}  # fmt: skip
# The share of a text that the small words make up at least, in languages that write them apart; in the others.
LEAST_APART, LEAST_ELSE = 0.06, 0.02
APART = _set("en fr de es pt it nl")
# Languages told apart by the fine models, 20 to 30 MB of memory each once loaded: the large ones that share letters.
FINE = _set("de en es fr id it ms nb nl pl pt ru sv tr uk vi")
