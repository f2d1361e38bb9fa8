from __future__ import annotations

import pytest

from nlp.agencies import agency_of

BODY = " The two sides met for three hours and agreed to meet again in a month, officials in the capital said. " * 4


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("HANOI, May 3 (Reuters) - A rig was moved." + BODY, "Reuters"),
        ("WASHINGTON (AP) — The president spoke." + BODY, "AP"),
        ("PARIS, 5 mai (AFP) - Le ministre a parlé." + BODY, "AFP"),
        ("Berlin (dpa) - Der Minister sprach." + BODY, "dpa"),
        ("Madrid, 4 may (EFE).- El ministro habló." + BODY, "EFE"),
        ("Hà Nội (TTXVN/Vietnam+) Bộ Ngoại giao lên tiếng." + BODY, "VNA"),
        ("TTXVN - Ngày 3/5, Bộ Ngoại giao lên tiếng." + BODY, "VNA"),
        (BODY + "Theo TTXVN", "VNA"),
        ("МОСКВА, 5 мая. /ТАСС/. Министр сообщил." + BODY, "TASS"),
        ("新华社北京5月3日电 外交部发言人表示。" + "双方同意继续磋商。" * 60, "Xinhua"),
        ("【北京共同】中国外務省は3日、発表した。" + "双方は協議を続ける。" * 60, "Kyodo"),
        ("(서울=연합뉴스) 정부는 3일 밝혔다." + BODY, "Yonhap"),
        (BODY + "© AFP", "AFP"),
        (BODY + "Copyright 2014 The Associated Press", "AP"),
        (BODY + "(Reporting by A. Writer and B. Writer; Editing by C. Editor)", "Reuters"),
        (BODY + "– Kyodo", "Kyodo"),
        ("BEIJING, May 3 (Xinhua) -- The ministry said." + BODY, "Xinhua"),
    ],
)
def test_agencies_are_told_from_datelines_and_credits(text: str, agency: str) -> None:
    assert agency_of(text) == agency


@pytest.mark.parametrize(
    "text",
    [
        "AP reporters were on the scene." + BODY,
        "The map shows the cape (ap) and efe." + BODY,
        BODY + "He told Reuters that talks go on." + BODY,
        "Officials quoted by Xinhua denied it." + BODY,
        "",
    ],
)
def test_a_mention_is_no_credit(text: str) -> None:
    assert agency_of(text) is None


def test_an_author_that_is_an_agency_is_a_credit() -> None:
    assert agency_of(BODY, author="AFP") == "AFP"
    assert agency_of(BODY, author="Nguyen Van A / TTXVN") == "VNA"
    assert agency_of(BODY, author="Reuters Rivera") is None


def test_long_lines_take_no_long_time() -> None:
    for text in ("(" * 50_000, "a" * 100_000, "[" + "x " * 40_000, "© " * 30_000):
        assert agency_of(text) is None
