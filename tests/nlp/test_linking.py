"""Linking: who wins, who is whom, and that nothing overlaps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.entity import EntityKind as K
from domain.entity import Mention
from nlp.linking import link, without_overlaps


def known(text: str, surface: str, entity_id: str, kind: K, name: str = "", countries: tuple[str, ...] = ()) -> Mention:
    start = text.index(surface)
    return Mention(start=start, end=start + len(surface), surface=surface, entity_id=entity_id, kind=kind,
                   name=name or surface, method="gazetteer", countries=countries)  # fmt: skip


def found(text: str, surface: str, kind: K = K.PERSON, *, nth: int = 0) -> Mention:
    start = -1
    for _ in range(nth + 1):
        start = text.index(surface, start + 1)
    return Mention(start=start, end=start + len(surface), surface=surface, entity_id="", kind=kind, name=surface,
                   method="test")  # fmt: skip


def ids(mentions: tuple[Mention, ...]) -> list[tuple[str, str]]:
    return [(m.surface, m.entity_id) for m in mentions]


def test_the_gazetteer_wins_on_the_same_span() -> None:
    text = "Vietnam protested."
    linked = link(text, [known(text, "Vietnam", "iso:VN", K.COUNTRY)], [found(text, "Vietnam", K.PERSON)])
    assert ids(linked) == [("Vietnam", "iso:VN")]


def test_a_longer_name_of_the_same_kind_is_the_known_one() -> None:
    text = "President Xi Jinping spoke."
    linked = link(text, [known(text, "Xi Jinping", "person:xi", K.PERSON)], [found(text, "President Xi Jinping")])
    assert ids(linked) == [("President Xi Jinping", "person:xi")]
    assert linked[0].method == "gazetteer+test"


def test_two_halves_of_a_name_become_one() -> None:
    text = "President Xi Jinping spoke."
    linked = link(text, [known(text, "President Xi", "person:xi", K.PERSON)], [found(text, "Xi Jinping")])
    assert ids(linked) == [("President Xi Jinping", "person:xi")]


def test_a_known_name_that_holds_the_found_one_stays() -> None:
    text = "The Chinese Foreign Ministry said."
    office = known(text, "Chinese Foreign Ministry", "office:cn-mfa", K.OFFICE)
    assert ids(link(text, [office], [found(text, "Foreign Ministry", K.ORGANISATION)])) == [
        ("Chinese Foreign Ministry", "office:cn-mfa")
    ]


def test_a_place_inside_a_persons_name_is_no_place() -> None:
    text = "Actor Paris Hilton arrived."
    linked = link(text, [known(text, "Paris", "geo:1", K.PLACE)], [found(text, "Paris Hilton")])
    assert ids(linked) == [("Paris Hilton", "name:person:paris-hilton")]


def test_a_nationality_before_a_person_stays_a_country() -> None:
    text = "Vietnam's Nguyen Van A spoke; Tổng thống Mỹ Donald Trump nghe."
    linked = link(
        text,
        [known(text, "Vietnam", "iso:VN", K.COUNTRY), known(text, "Mỹ", "iso:US", K.COUNTRY)],
        [found(text, "Vietnam's Nguyen Van A"), found(text, "Mỹ Donald Trump")],
    )
    assert ids(linked) == [
        ("Vietnam", "iso:VN"), ("Nguyen Van A", "name:person:nguyen-van-a"), ("Mỹ", "iso:US"),
        ("Donald Trump", "name:person:donald-trump"),
    ]  # fmt: skip


def test_an_organisation_keeps_the_country_in_its_name() -> None:
    text = "The Bank of China paid."
    china = known(text, "China", "iso:CN", K.COUNTRY, countries=("CN",))
    linked = link(text, [china], [found(text, "Bank of China", K.ORGANISATION)])
    assert ids(linked) == [("Bank of China", "name:organisation:bank-of-china")]
    assert linked[0].countries == ("CN",)


def test_a_known_place_within_a_longer_one_stays() -> None:
    text = "In northern Vietnam it rained."
    linked = link(text, [known(text, "Vietnam", "iso:VN", K.COUNTRY)], [found(text, "northern Vietnam", K.PLACE)])
    assert ids(linked) == [("Vietnam", "iso:VN")]


def test_one_name_alone_is_who_was_named_before() -> None:
    text = "John Smith arrived. Smith left. Jones stayed."
    linked = link(text, [], [found(text, "John Smith"), found(text, "Smith", nth=1), found(text, "Jones")])
    assert ids(linked) == [
        ("John Smith", "name:person:john-smith"), ("Smith", "name:person:john-smith"), ("Jones", "name:person:jones"),
    ]  # fmt: skip


def test_not_who_is_named_only_later_nor_one_of_two() -> None:
    text = "Smith left. John Smith arrived. Anna Smith came. Smith waved."
    names = [found(text, "Smith"), found(text, "John Smith"), found(text, "Anna Smith"), found(text, "Smith", nth=3)]
    linked = link(text, [], names)
    assert ids(linked)[0] == ("Smith", "name:person:smith")
    assert ids(linked)[-1] == ("Smith", "name:person:smith")


def test_chinese_go_by_the_family_name_and_vietnamese_by_the_last() -> None:
    text = "Tập Cận Bình gặp Lê Hải Bình. Ông Bình nói. Ông Tập nghe."
    people = [
        known(text, "Tập Cận Bình", "person:xi", K.PERSON, "Xi Jinping", ("CN",)),
        known(text, "Lê Hải Bình", "person:binh", K.PERSON, countries=("VN",)),
    ]
    linked = link(text, people, [found(text, "Bình", nth=2), found(text, "Tập", nth=1)])
    assert ids(linked)[2:] == [("Bình", "person:binh"), ("Tập", "person:xi")]


def test_titles_are_no_part_of_an_identity() -> None:
    text = "Mr. Oleg Petrov came. President Oleg Petrov spoke."
    linked = link(text, [], [found(text, "Mr. Oleg Petrov"), found(text, "President Oleg Petrov")])
    assert {m.entity_id for m in linked} == {"name:person:oleg-petrov"}
    assert {m.name for m in linked} == {"Oleg Petrov"}


def test_folding_makes_one_of_two_spellings_and_the_majority_says_the_kind() -> None:
    text = "Phúc Long, Phuc Long, Phúc Long"
    linked = link(
        text,
        [],
        [
            found(text, "Phúc Long", K.ORGANISATION),
            found(text, "Phuc Long", K.PERSON),
            found(text, "Phúc Long", K.ORGANISATION, nth=1),
        ],
    )
    assert {m.entity_id for m in linked} == {"name:organisation:phuc-long"}
    assert {m.kind for m in linked} == {K.ORGANISATION}


WORDS = ["Xi", "Jinping", "China", "Hanoi", "President", "the", "Smith", "John", "UN", "Bình", ",", "北京", "'s"]
SPANS = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 4), st.sampled_from(list(K)), st.booleans()), max_size=14)


@given(st.lists(st.sampled_from(WORDS), min_size=21, max_size=25), SPANS)
def test_the_result_is_sorted_without_overlaps(tokens: list[str], spans: list[tuple[int, int, K, bool]]) -> None:
    text = " ".join(tokens)
    starts = [sum(len(t) + 1 for t in tokens[:i]) for i in range(len(tokens))]
    gazetteer: list[Mention] = []
    recognised: list[Mention] = []
    for first, size, kind, is_known in spans:
        last = min(first + size, len(tokens)) - 1
        a, b = starts[first], starts[last] + len(tokens[last])
        one = Mention(start=a, end=b, surface=text[a:b], entity_id=f"x:{text[a:b]}" if is_known else "", kind=kind,
                      name=text[a:b], method="gazetteer" if is_known else "test")  # fmt: skip
        (gazetteer if is_known else recognised).append(one)
    linked = link(text, gazetteer, recognised)
    last_end = 0
    for mention in linked:
        assert last_end <= mention.start < mention.end <= len(text)
        assert text[mention.start : mention.end] == mention.surface
        assert mention.entity_id
        last_end = mention.end
    # Every known name is there, or inside another name.
    for mention in without_overlaps(gazetteer):
        assert any(m.start < mention.end and mention.start < m.end for m in linked)
