"""Links: what becomes one, where it really leads, and which ones people are warned of."""

from __future__ import annotations

import pytest

from helpdesk.links import LINKS_LIMIT, SHOWN_LIMIT, Link, Text, segments
from tests.floor0.bad_inputs import item, items


def links(text: str) -> list[Link]:
    return [segment for segment in segments(text) if isinstance(segment, Link)]


def test_text_and_links_stand_in_order():
    assert segments("see https://ok.test/a and\nwrite a@ok.com") == [
        Text("see "),
        Link("https://ok.test/a", "https://ok.test/a", "ok.test", "ok.test"),
        Text(" and\nwrite "),
        Link("mailto:a@ok.com", "a@ok.com"),
    ]


def test_plain_text_is_one_piece():
    assert segments("no links. here!") == [Text("no links. here!")]
    assert segments("") == []


@pytest.mark.parametrize(
    "text",
    [
        item("LK-07")["input"],
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://ok.test/x",
        "//ok.test/x",
        "https://ok.test\\@evil.test/x",
        "http://",
    ],
)
def test_other_schemes_are_text(text):
    assert links(text) == []


@pytest.mark.parametrize(
    ("text", "host", "decoded", "warning"),
    [
        (item("LK-04")["input"], "evil.test", "evil.test", "the real host is evil.test"),
        ("http://аррӏе.com/", "xn--80ak6aa92e.com", "аррӏе.com", "letters that may look like others"),
        ("http://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com", "аррӏе.com", "letters that may look like others"),
        ("http://192.0.2.7/pay", "192.0.2.7", "192.0.2.7", "an address without a name"),
        ("http://2130706433/", "2130706433", "2130706433", "an address without a name"),
        (item("LK-11")["input"], "ok.test", "ok.test", "program file"),
    ],
)
def test_the_real_host_is_told_and_tricks_are_pointed_out(text, host, decoded, warning):
    (link,) = links(text)

    assert (link.host, link.host_decoded, link.warnings) == (host, decoded, (warning,))
    assert link.is_suspicious


def test_each_address_in_a_disguise_shows_itself():
    first, second = links(item("LK-06")["input"])

    assert (first.shown, second.shown) == ("https://bank.com", "https://evil.test")
    assert not first.is_suspicious


def test_an_endless_address_is_shown_short_and_leads_to_its_end():
    (link,) = links("http://ok.test/" + "a" * 20_000)

    assert len(link.shown) == SHOWN_LIMIT
    assert len(link.href) == 20_015


@pytest.mark.parametrize("number", [bad["id"] for bad in items("LK")])
def test_an_href_is_plain_ascii_of_a_known_scheme(number):
    for link in links(item(number)["input"]):
        assert link.href.isascii()
        assert link.href.partition(":")[0] in ("http", "https", "mailto", "tel")
        assert not set(link.href) & set('"<>\\ \n\t`')


def test_signs_that_turn_the_writing_direction_are_not_shown():
    (link,) = links("https://ok.test/\u202egpj.exe")

    assert link.shown == "https://ok.test/gpj.exe"
    assert link.warnings == ("program file",)


def test_a_text_full_of_links_keeps_the_rest_as_text():
    found = segments("a.de " * 13_000)

    assert len([segment for segment in found if isinstance(segment, Link)]) == LINKS_LIMIT
    assert isinstance(found[-1], Text)
