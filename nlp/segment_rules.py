"""What a full stop may stand for in each language, and how lines and marks end a sentence."""

from __future__ import annotations

import re


def word_set(text: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(text.split())


# Before a name: the full stop never ends a sentence here.
TITLES = word_set(
    "Mr Mrs Ms Mx Dr Drs Prof Gen Lt Col Maj Capt Cpt Cmdr Sgt Adm Gov Sen Rep Hon St Mt Ft Rev Amb Pres Messrs "
    "M MM Mme Mmes Mlle Mgr Ste Me Hr Fr Frl Herrn Sr Sra Srta Dra Gral Lic Ing Excmo Exmo Sig Dott Avv On "
    "TP Tp ThS Ths TS Ts PGS GS BS KS LS NXB TX TT UBND "
    "Dhr Mevr dhr mevr mr mw drs ir prof dr im ul gen płk tzw np inż mgr "
    "проф акад ген полк ул им пл просп гр вул ім акад Sn Doç Jl Tn Hj Ir Jhr"
)
# Before a number: "No. 5", "p. 12".
NUMBERED = word_set(
    "No Nos no nos Nr nr Nrn Art art Arts arts p pp P pg pág págs ch Ch sec Sec Secs par para paras fig Fig figs Vol "
    "vol vols ref Ref tel Tel approx ca cca c Abs Ziff Kap núm num n s S str č ст стр п пп с ч т № tr Q q P h"
)
# Russian: "г. Москва" is the town, "2014 г." the year.
PLACE_OR_YEAR = frozenset(["г"])
# Before anything that goes on in small letters or with a number.
OPEN = word_set(
    "e.g i.e eg ie cf vs viz etc al Inc Ltd Co Corp Bros Dept dept est incl excl Jan Feb Mar Apr Jun Jul Aug Sep Sept "
    "Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun janv févr avr juil sept oct nov déc ene abr ago dic Jän Okt Dez usw bzw "
    "d.h z.B u.a z.T z B d h u a т.е т.к т.д т.п др пр тыс млн млрд руб г гг в вв EE UU m.in itd itp tzv např "
    "U.S U.K U.N D.C EE.UU"
)
# Languages that write ordinals and dates with a full stop: "8. Juli", "3. patra".
ORDINAL_LANGS = frozenset(["cs", "da", "de", "et", "fi", "hr", "hu", "is", "lv", "no", "pl", "sk", "sl", "sr", "tr"])
# A capital that opens these is no surname: "Plan B. The ..." ends a sentence, "J. F. Kennedy" does not.
OPENERS = word_set(
    "The A An This That These Those He She It They We You I In On At But And If When As There His Her Its Their Our "
    "Then What Who How Why Le La Les Il Elle Ils Elles Der Die Das Er Sie Es El Los Las Он Она Они Это В На Но И А"
)

# Marks that end a sentence in scripts where no space follows, with what may close after them.
UNSPACED_END = re.compile(r"[。！？｡．]+[」』”’）)】》〉\]]*|[။។៕]+[”’»)\]]*|[۔؟।॥።፧]+[”’»)\]]*(?=\s)")
# What goes on after a closing bracket: "…」と" (he said).
QUOTED_ON = re.compile(r"\s*(?:と|って|との|という|なんて|、|，|,)")

LIST_ITEM = re.compile(
    r"\s*(?:[-–—•*·‣▪●○◦➢]\s|\(?\d{1,3}[.)]\s|\(?[a-zđ]\)\s|\(?[ivxIVX]{1,5}[.)]\s|§\s?\d|[一二三四五六七八九十]{1,3}[、．])"
)
FIELD = re.compile(r"\s*(?:[A-ZĐÀ-Ý][A-ZĐÀ-Ý/ ]{1,18}:|FM |TO |INFO |[A-Z][a-z]{2,12}: )")
NUMBER_ONLY = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]")
