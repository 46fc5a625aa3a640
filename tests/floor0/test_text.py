"""Text: what may be stored, and cuts that never go through a visible character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.graphemes import cut, graphemes
from helpdesk.text import LINE_LIMIT, TEXT_LIMIT, clean_line, clean_text, excerpt, is_cut, split_text
from tests.floor0.bad_inputs import item

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
FLAG = "\U0001f1e9\U0001f1ea"
THUMB = "\U0001f44d\U0001f3fd"
ZALGO = "a" + "\u0301" * 500
VISIBLE = [
    FAMILY,
    FLAG,
    THUMB,
    "e\u0301",
    "\u0915\u094d\u0937\u093f",
    "\uac01",
    "\u1100\u1161\u11a8",
    "1\ufe0f\u20e3",
    "x",
]
words = st.lists(st.sampled_from([*VISIBLE, " ", ". ", "! ", "\n", "word", "ä"]), max_size=80).map("".join)


@pytest.mark.parametrize(
    "cluster", [*VISIBLE, "\r\n", "\U0001f3f4\U000e0067\U000e0062\U000e007f", "\u2764\ufe0f\u200d\U0001f525"]
)
def test_one_visible_character_is_one_cluster(cluster):
    assert list(graphemes(cluster * 3)) == [cluster] * 3


@pytest.mark.parametrize(
    ("text", "clusters"),
    [
        ("", []),
        ("ab", ["a", "b"]),
        ("a\nb", ["a", "\n", "b"]),
        (FLAG + "\U0001f1eb", [FLAG, "\U0001f1eb"]),
        ("\n\u0301", ["\n", "\u0301"]),
        (FAMILY + FAMILY, [FAMILY, FAMILY]),
        ("a\u200db", ["a\u200d", "b"]),
        ("\u0e01\u0e33", ["\u0e01\u0e33"]),
    ],
)
def test_clusters_end_where_the_next_begins(text, clusters):
    assert list(graphemes(text)) == clusters


@given(st.text())
def test_clusters_together_are_the_text(text):
    assert "".join(graphemes(text)) == text


@given(words, st.integers(1, 30))
def test_a_cut_is_a_beginning_of_whole_clusters(text, limit):
    head = cut(text, limit)

    assert text.startswith(head)
    assert len(head) <= limit
    clusters = list(graphemes(text))
    if clusters and len(clusters[0]) <= limit:
        assert list(graphemes(head)) == clusters[: len(list(graphemes(head)))]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (item("TX-19")["input"], "a\ufffdb"),
        ("a\ud800b\udfff", "a\ufffdb\ufffd"),
        (item("TX-21")["input"], "a[2J]0;xb"),
        (item("TX-22")["input"], "hi\n2026-11-23 ERROR admin logged in"),
        ("one\rtwo\tthree\x7f\x85", "one\ntwo\tthree"),
        (ZALGO, ZALGO),
        (item("UN-12")["input"], FAMILY),
        (item("TX-30")["input"], item("TX-30")["input"]),
        ("Ame\u0301lie", "Ame\u0301lie"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_text_is_stored_as_typed_but_for_what_cannot_be(typed, stored):
    assert clean_text(typed) == stored


@given(st.text(st.characters(), max_size=200))
def test_clean_text_can_be_stored_anywhere_and_cleaning_again_changes_nothing(typed):
    text = clean_text(typed)

    text.encode()
    assert "\0" not in text
    assert clean_text(text) == text


def test_an_endless_text_is_cut_and_known_to_be():
    assert clean_text("a" * 100_000) == "a" * TEXT_LIMIT
    assert is_cut("a" * 100_000)
    assert not is_cut("a" * TEXT_LIMIT)
    assert not is_cut("a" * TEXT_LIMIT + "\x07")


def test_an_endless_text_is_never_cut_inside_a_visible_character():
    assert clean_text(FAMILY * 1000 * 10) == FAMILY * (TEXT_LIMIT // len(FAMILY))


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (None, ""),
        (5, ""),
        ({"a": 1}, ""),
        ("", ""),
        ("  Mona \r\n Ortiz\u2028", "Mona Ortiz"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("\u200b.htaccess", ".htaccess"),
        ("a\r\nSet-Cookie: x=1.png", "a Set-Cookie: x=1.png"),
        ("Shop \u2705\u2714", "Shop \u2705\u2714"),
        ("\u0130stanbul", "\u0130stanbul"),
        ("N" * 10_000, "N" * LINE_LIMIT),
        (FAMILY * 100, FAMILY * (LINE_LIMIT // len(FAMILY))),
        ("\ud83d", "\ufffd"),
        (" " * 100_000 + "late", ""),
    ],
)
def test_a_name_is_one_short_line(sent, name):
    assert clean_line(sent) == name


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short", 10, "short"),
        ("two\nlines", 20, "two lines"),
        ("the quick brown fox", 12, "the quick…"),
        ("a" * 30, 10, "a" * 9 + "…"),
        (FAMILY * 3, 10, FAMILY + "…"),
        ("x" * 5 + " " * 500 + "y", 10, "xxxxx…"),
    ],
)
def test_an_excerpt_fits_and_says_that_there_is_more(text, limit, short):
    assert excerpt(text, limit) == short


def test_a_long_text_is_split_at_the_ends_of_sentences():
    parts = split_text("Hello there. How are you today? I am (very) well! Bye.", 34)

    assert parts == ["Hello there. How are you today?", "I am (very) well! Bye."]


def test_else_between_words_else_between_visible_characters():
    assert split_text("one two three four", 10) == ["one two", "three four"]
    assert split_text(FAMILY * 3, 8) == [FAMILY] * 3
    assert split_text("ä" * 5, 5, "bytes") == ["ää", "ää", "ä"]
    assert split_text("See " + "u" * 30, 32) == ["See", "u" * 30]


def test_chinese_sentences_end_without_a_blank():
    assert split_text("你好吗今天。我很好谢谢你", 8) == ["你好吗今天。", "我很好谢谢你"]


def test_hundreds_of_marks_on_one_letter_are_cut_through_rather_than_lost():
    assert "".join(split_text(ZALGO, 100, "bytes")) == ZALGO


@pytest.mark.parametrize("text", ["", "  \n "])
def test_nothing_is_no_part(text):
    assert split_text(text, 100) == []


@given(words, st.integers(4, 60), st.sampled_from(["bytes", "characters"]))
def test_parts_fit_and_lose_nothing_but_blanks_at_the_seams(text, limit, unit):
    parts = split_text(text, limit, unit)

    assert all((part and part == part.strip()) or not part.isspace() for part in parts)
    assert all(len(part.encode() if unit == "bytes" else part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(words, st.integers(60, 80))
def test_no_seam_goes_through_a_visible_character(text, limit):
    clusters = [cluster for cluster in graphemes(text) if not cluster.isspace()]

    parts = split_text(text, limit, "bytes")

    assert [c for part in parts for c in graphemes(part) if not c.isspace()] == clusters


@pytest.mark.parametrize(("limit", "unit"), [(3, "bytes"), (100, "words")])
def test_an_impossible_split_is_refused(limit, unit):
    with pytest.raises(ValueError, match="cannot split"):
        split_text("text", limit, unit)
