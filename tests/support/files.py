"""Small files of every kind that people send, made by code."""

from __future__ import annotations

import io
import struct
import wave

from PIL import Image


def png(width: int = 40, height: int = 30, colour: tuple[int, int, int] = (200, 120, 60)) -> bytes:
    return _drawn("PNG", width, height, colour)


def jpeg(width: int = 40, height: int = 30, colour: tuple[int, int, int] = (60, 120, 200)) -> bytes:
    return _drawn("JPEG", width, height, colour)


def wav(seconds: float = 0.2) -> bytes:
    """Silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        sound.writeframes(b"\0\0" * int(8000 * seconds))
    return file.getvalue()


def pdf(words: str = "Invoice 1042") -> bytes:
    """One page."""
    stream = f"BT /F1 18 Tf 40 700 Td ({words}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)


def mp4() -> bytes:
    """The boxes of a film without a picture: enough to be known for what it is."""
    kind = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 512, b"isom", b"mp42")
    return kind + struct.pack(">I4s", 8, b"free") + struct.pack(">I4s", 16, b"mdat") + b"\0" * 8


def _drawn(kind: str, width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, kind)
    return file.getvalue()
