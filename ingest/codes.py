"""Country codes of event tables to ISO 3166-1 alpha-2: FIPS 10-4, CAMEO, Gleditsch and Ward's numbers, ISO numbers.

FIPS 10-4 as withdrawn in 2008 with the later changes that GDELT uses; state numbers: Gleditsch and Ward 1999, current
states. A code of a group, a region or a place under no state's flag gives None, never a neighbour's country.
"""

from __future__ import annotations

from functools import lru_cache

from babel.core import get_global

from ingest.countries import country_code

# FIPS code and ISO code of a country in one word; those of disputed or empty places are left out.
_FIPS_WORDS = (
    "AAAW ACAG AEAE AFAF AGDZ AJAZ ALAL AMAM ANAD AOAO AQAS ARAR ASAU AUAT AVAI AYAQ BABH BBBB BCBW BDBM BEBE BFBS "
    "BGBD BHBZ BKBA BLBO BMMM BNBJ BOBY BPSB BRBR BTBT BUBG BVBV BXBN BYBI CACA CBKH CDTD CELK CFCG CGCD CHCN CICL "
    "CJKY CKCC CMCM CNKM COCO CQMP CSCR CTCF CUCU CVCV CWCK CYCY DADK DJDJ DODM DRDO ECEC EGEG EIIE EKGQ ENEE ERER "
    "ESSV ETET EZCZ FGGF FIFI FJFJ FKFK FMFM FOFO FPPF FRFR FSTF GAGM GBGA GGGE GHGH GIGI GJGD GKGG GLGL GMDE GPGP "
    "GQGU GRGR GTGT GVGN GYGY GZPS HAHT HKHK HMHM HOHN HRHR HUHU ICIS IDID IMIM ININ IOIO IRIR ISIL ITIT IVCI IZIQ "
    "JAJP JEJE JMJM JNSJ JOJO KEKE KGKG KNKP KRKI KSKR KTCX KUKW KVXK KZKZ LALA LELB LGLV LHLT LILR LOSK LSLI LTLS "
    "LULU LYLY MAMG MBMQ MCMO MDMD MFYT MGMN MHMS MIMW MJME MKMK MLML MNMC MOMA MPMU MRMR MTMT MUOM MVMV MXMX MYMY "
    "MZMZ NCNC NENU NFNF NGNE NHVU NING NLNL NNSX NONO NPNP NRNR NSSR NTAN NUNI NZNZ ODSS PAPY PCPN PEPE PKPK "
    "PLPL PMPA POPT PPPG PSPW PUGW QAQA RBRS RERE RIRS RMMH RNMF RORO RPPH RQPR RSRU RWRW SASA SBPM SCKN SESC SFZA "
    "SGSN SHSH SISI SLSL SMSM SNSG SOSO SPES STLC SUSD SVSJ SWSE SXGS SYSY SZCH TBBL TDTT THTH TITJ TKTC TLTK TNTO "
    "TOTG TPST TSTN TTTL TUTR TVTV TWTW TXTM TZTZ UCCW UGUG UKGB UPUA USUS UVBF UYUY UZUZ VCVC VEVE VIVG VMVN VQVI "
    "VTVA WANA WEPS WFWF WIEH WSWS WZSZ YIRS YMYE ZAZM ZIZW"
)
# State number and ISO code in one word; Germany, Yemen and Serbia stand with Gleditsch and Ward's and COW's number.
_STATE_WORDS = (
    "2US 20CA 31BS 40CU 41HT 42DO 51JM 52TT 53BB 54DM 55GD 56LC 57VC 58AG 60KN 70MX 80BZ 90GT 91HN 92SV 93NI 94CR 95PA "
    "100CO 101VE 110GY 115SR 130EC 135PE 140BR 145BO 150PY 155CL 160AR 165UY 200GB 205IE 210NL 211BE 212LU 220FR 221MC "
    "223LI 225CH 230ES 232AD 235PT 255DE 260DE 290PL 305AT 310HU 316CZ 317SK 325IT 331SM 338MT 339AL 340RS 341ME 343MK "
    "344HR 345RS 346BA 347XK 349SI 350GR 352CY 355BG 359MD 360RO 365RU 366EE 367LV 368LT 369UA 370BY 371AM 372GE 373AZ "
    "375FI 380SE 385NO 390DK 395IS 402CV 403ST 404GW 411GQ 420GM 432ML 433SN 434BJ 435MR 436NE 437CI 438GN 439BF 450LR "
    "451SL 452GH 461TG 471CM 475NG 481GA 482CF 483TD 484CG 490CD 500UG 501KE 510TZ 516BI 517RW 520SO 522DJ 530ET 531ER "
    "540AO 541MZ 551ZM 552ZW 553MW 560ZA 565NA 570LS 571BW 572SZ 580MG 581KM 590MU 591SC 600MA 615DZ 616TN 620LY 625SD "
    "626SS 630IR 640TR 645IQ 651EG 652SY 660LB 663JO 666IL 670SA 678YE 679YE 690KW 692BH 694QA 696AE 698OM 700AF 701TM "
    "702TJ 703KG 704UZ 705KZ 710CN 712MN 713TW 731KP 732KR 740JP 750IN 760BT 770PK 771BD 775MM 780LK 781MV 790NP 800TH "
    "811KH 812LA 816VN 820MY 830SG 835BN 840PH 850ID 860TL 900AU 910PG 920NZ 935VU 940SB 946KI 947TV 950FJ 955TO 970NR "
    "983MH 986PW 987FM 990WS"
)
FIPS = {word[:2]: word[2:] for word in _FIPS_WORDS.split()}
STATES = {int(word[:-2]): word[-2:] for word in _STATE_WORDS.split()}

# What CAMEO writes beside ISO's three letters; its codes of regions (EUR, AFR, SEA ...) are no country's.
_CAMEO = {"ROM": "RO", "TMP": "TL", "ZAR": "CD", "KSV": "XK", "WSB": "PS", "GZS": "PS", "BAG": "IQ", "YUG": "RS",
          "SCG": "RS", "DDR": "DE", "SUN": "RU", "BUR": "MM"}  # fmt: skip
_GROUP_WORDS = "AFR ASA BLK CRB CAU CFR CAS CEU EIN EAF EEU EUR LAM MEA MDT NAF NMR PGS SCN SAM SAS SEA SAF WAF WST"
_GROUPS = frozenset(_GROUP_WORDS.split())


def from_fips(code: str) -> str | None:
    """The country of a FIPS 10-4 code."""
    return FIPS.get(code.strip().upper())


@lru_cache(maxsize=1024)
def from_cameo(code: str) -> str | None:
    """The country of CAMEO's three letters, of which some name a region or a group and so no country."""
    code = code.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha() or code in _GROUPS:
        return None
    return _CAMEO.get(code) or country_code(code)


def from_state_number(code: str) -> str | None:
    """The country of a state number of Gleditsch and Ward, written as a whole number."""
    number = _whole(code)
    return None if number is None else STATES.get(number)


def from_iso_number(code: str) -> str | None:
    """The country of an ISO 3166-1 number; leading zeros may be missing."""
    number = _whole(code)
    if number is None or not 0 < number < 1000:
        return None
    named = get_global("territory_aliases").get(f"{number:03d}")
    return country_code(str(named[0])) if named and len(named) == 1 else None


def _whole(text: str) -> int | None:
    digits = text.strip().removesuffix(".0")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 7 else None
