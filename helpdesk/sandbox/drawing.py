"""Pictures, sound and paper made by code alone: portraits as PNG, a hummed voice note as WAV, a page as PDF, a GIF."""

from __future__ import annotations

import colorsys
import io
import itertools
import math
import struct
import wave
import zlib
from collections.abc import Iterator

Colour = tuple[int, int, int]


def png(width: int, height: int, rows: list[bytes]) -> bytes:
    """8-bit RGB; each row holds 3 × width bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def portrait(tone: int, size: int = 144) -> bytes:
    """A person as a picture: head and shoulders before a soft wall, coloured by `tone` (degrees)."""
    wall, shade = _colour(tone, 0.88, 0.42), _colour(tone + 24, 0.76, 0.5)
    skin, hair = (
        _colour(26 + tone % 12, 0.62 + tone % 23 / 100, 0.5),
        _colour(20 + tone % 30, 0.14 + tone % 29 / 100, 0.35),
    )
    cloth = _colour(tone + 150, 0.5, 0.35)
    middle, eyes = size / 2, size * 0.07
    length = 0.30 + tone % 4 * 0.055  # how far the hair falls
    rows = []
    for y in range(size):
        row = bytearray()
        for x in range(size):
            row += bytes(_blend(wall, shade, (x + y) / (2 * size)))
        for across, centre, radius_x, radius_y, colour in (
            (middle, size * (0.16 + length), size * 0.245, size * length, hair),
            (middle, size * 1.10, size * 0.40, size * 0.36, cloth),
            (middle, size * 0.74, size * 0.085, size * 0.13, _blend(skin, hair, 0.15)),
            (middle, size * 0.49, size * 0.18, size * 0.22, skin),
            (middle, size * 0.29, size * 0.17, size * 0.075, hair),
            (middle - eyes, size * 0.49, size * 0.017, size * 0.022, hair),
            (middle + eyes, size * 0.49, size * 0.017, size * 0.022, hair),
            (middle, size * 0.595, size * 0.055, size * 0.014, _blend(skin, (190, 60, 60), 0.6)),
        ):
            reach = 1 - ((y - centre) / radius_y) ** 2
            if reach > 0:
                half = radius_x * math.sqrt(reach)
                left, right = max(0, round(across - half)), min(size, round(across + half))
                row[3 * left : 3 * right] = bytes(colour) * (right - left)
        rows.append(bytes(row))
    return png(size, size, rows)


def _colour(hue: float, lightness: float, saturation: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue % 360 / 360, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def _blend(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def voice_note(seconds: float, rate: int = 8000) -> bytes:
    """Somebody hums a question: syllables with a pitch that rises at the end. 16-bit mono WAV."""
    frames = bytearray()
    phase = 0.0
    for number in range(int(seconds * rate)):
        at = number / rate
        syllable = abs(math.sin(math.pi * at * 2.3)) ** 1.5 * min(1.0, at * 6, (seconds - at) * 6)
        pitch = 165 + 28 * math.sin(at * 3.1) + (55 * (at / seconds) ** 4)
        phase += 2 * math.pi * pitch / rate
        tone = sum(math.sin(phase * harmonic) / harmonic**1.4 for harmonic in (1, 2, 3, 5))
        frames += struct.pack("<h", int(9000 * syllable * tone))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(bytes(frames))
    return file.getvalue()


def one_page_pdf(title: str, lines: tuple[str, ...]) -> bytes:
    """A page with a heading and lines of plain ASCII."""
    text = f"BT /F1 22 Tf 56 760 Td ({title}) Tj ET\n"
    text += "".join(f"BT /F1 12 Tf 56 {720 - 22 * number} Td ({line}) Tj ET\n" for number, line in enumerate(lines))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}endstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    page, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(page))
        page += f"{number} 0 obj\n{content}\nendobj\n"
    start = len(page)
    page += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(
        f"{place:010d} 00000 n \n" for place in places
    )
    page += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return page.encode("ascii")


def beating_gif(size: int = 72) -> bytes:
    """A heart that beats: a GIF of two frames, half a second each, without end."""
    colours = bytes((255, 236, 222, 214, 62, 84, 0, 0, 0, 0, 0, 0))
    head = b"GIF89a" + struct.pack("<HHBBB", size, size, 0x81, 0, 0) + colours
    pause = b"\x21\xf9\x04\x00" + struct.pack("<H", 50) + b"\0\0"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, size, size, 0)
    frames = [pause + frame + _unpacked(_heart(size, scale)) for scale in (2.6, 3.4)]
    return head + b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" + b"".join(frames) + b"\x3b"


def _heart(size: int, scale: float) -> Iterator[int]:
    """Row by row: 1 inside, 0 outside. A larger `scale` is a smaller heart."""
    for row, column in itertools.product(range(size), repeat=2):
        x, y = (column / size - 0.5) * scale, (0.55 - row / size) * scale
        yield int((x * x + y * y - 1) ** 3 - x * x * y**3 <= 0)


def _unpacked(pixels: Iterator[int]) -> bytes:
    """A GIF's pixels in codes of three bits; the clear code (4) at every second keeps them from growing, 5 ends."""
    bits = at = 0
    codes = itertools.chain.from_iterable((4, one) if number % 2 == 0 else (one,) for number, one in enumerate(pixels))
    for code in itertools.chain(codes, (5,)):
        bits |= code << at
        at += 3
    content = bits.to_bytes(at // 8 + 1, "little")
    blocks = [content[start : start + 255] for start in range(0, len(content), 255)]
    return b"\x02" + b"".join(bytes((len(block),)) + block for block in blocks) + b"\x00"
