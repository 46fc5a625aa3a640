"""Pictures are drawn anew, without metadata; what cannot be drawn safely has no preview, and nothing else happens."""

from __future__ import annotations

import io
import time

import pytest
from PIL import Image

from helpdesk.images import NoPicture, Picture, reencode
from tests.floor0.bad_inputs import items
from tests.floor0.files import build, picture


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("form", "mode", "mime"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("PNG", "RGBA", "image/webp"),
        ("PNG", "P", "image/webp"),
        ("PNG", "I;16", "image/webp"),
        ("GIF", "P", "image/webp"),
        ("WEBP", "RGB", "image/webp"),
    ],
)
def test_every_usual_kind_of_picture_is_drawn_anew(form, mode, mime):
    found = reencode(picture(form, (600, 300), mode))

    assert isinstance(found, Picture)
    assert (found.mime, found.width, found.height) == (mime, 600, 300)
    assert opened(found.data).size == (600, 300)
    assert opened(found.thumbnail).size == (480, 240)


def test_a_huge_photo_gets_a_size_that_screens_have():
    found = reencode(picture("JPEG", (4000, 3000)))

    assert isinstance(found, Picture)
    assert (found.width, found.height) == (2048, 1536)


def test_a_photo_is_turned_the_right_way_up_and_forgets_where_it_was_taken():
    notes = Image.Exif()
    notes[0x0112] = 6  # turn by 90°
    notes[0x010F] = "canary camera"
    notes.get_ifd(0x8825)[1] = "N"

    found = reencode(picture("JPEG", (60, 20), exif=notes.tobytes()))

    assert isinstance(found, Picture)
    assert (found.width, found.height) == (20, 60)
    for data in (found.data, found.thumbnail):
        assert not opened(data).getexif()
        assert b"canary" not in data


def test_words_hidden_in_a_picture_do_not_survive():
    found = reencode(build("png_text_xss"))

    assert isinstance(found, Picture)
    assert b"script" not in found.data + found.thumbnail


def test_of_an_animation_the_first_frame_is_drawn():
    data = build("gif_frames", n=300, w=200, h=200)
    began = time.monotonic()

    found = reencode(data)

    assert isinstance(found, Picture)
    assert getattr(opened(found.data), "n_frames", 1) == 1
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "item", [i for i in items("FL") if i["expect"].get("preview") == "none"], ids=lambda i: i["id"]
)
def test_what_is_no_harmless_picture_has_no_preview(item):
    assert isinstance(reencode(build(item["gen"]["name"], **item["gen"]["args"])), NoPicture)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a picture that we can show"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "not a picture that we can show"),
        (picture("BMP"), "not a picture that we can show"),
        (picture("TIFF"), "not a picture that we can show"),
        (build("png_lying_header"), "has too many pixels"),
        (picture("PNG", (8000, 5001), "1"), "has too many pixels"),
        (picture("JPEG", (500, 500))[:900], "is damaged"),
        (picture("PNG", (500, 500))[:-30], "is damaged"),
    ],
)
def test_the_reason_is_said(data, reason):
    assert reencode(data) == NoPicture(reason)


def test_a_decoder_that_works_for_ever_is_stopped(monkeypatch):
    monkeypatch.setattr("helpdesk.images.TIMEOUT", 0.001)

    assert reencode(picture()) == NoPicture("takes too long to draw")
