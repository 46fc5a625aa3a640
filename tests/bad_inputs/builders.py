"""What is too large or too odd to stand in the list itself: built by name, as each item's `gen` says."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from PIL import Image, PngImagePlugin


def built(item: Mapping[str, Any]) -> Any:
    """The item's input: as it stands there, decoded, or made by its builder."""
    if "gen" in item:
        return BUILDERS[item["gen"]["name"]](**item["gen"]["args"])
    given = item.get("input", "")
    if isinstance(given, str) and given.startswith("b64://"):
        return b64decode(given.removeprefix("b64://"))
    return given


def text(ch: str, n: int) -> str:
    return ch * n


def deep_json(n: int) -> bytes:
    return b"[" * n + b"]" * n


def wide_json(n: int) -> bytes:
    return json.dumps({f"k{number}": number for number in range(n)}).encode()


def zalgo(n: int) -> str:
    return "a" + "\u0301\u0316" * (n // 2) + "b"


def gzip_bomb(mb: int) -> bytes:
    return gzip.compress(b"\0" * (mb * 2**20), 9)


def svg(kind: str) -> bytes:
    bodies = {
        "onload": '<svg xmlns="http://www.w3.org/2000/svg" onload="window.__xss=1"><circle r="9"/></svg>',
        "foreign": '<svg xmlns="http://www.w3.org/2000/svg"><foreignObject><body xmlns="http://www.w3.org/1999/xhtml" '
        'onload="window.__xss=1"/></foreignObject></svg>',
        "xxe": '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        '<svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>',
        "image_ssrf": '<svg xmlns="http://www.w3.org/2000/svg"><image href="http://169.254.169.254/latest"/></svg>',
    }
    return bodies[kind].encode()


def png_text_xss() -> bytes:
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "<script>window.__xss=1</script>")
    file = io.BytesIO()
    Image.new("RGB", (20, 20), (9, 90, 190)).save(file, "PNG", pnginfo=note)
    return file.getvalue()


def png_lying_header() -> bytes:
    """A few bytes of picture below a header that says 2,147,483,647 pixels in each direction."""
    header = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0)
    chunks = (b"IHDR" + header, b"IDAT" + zlib.compress(b"\0" * 64), b"IEND")
    framed = b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + framed


def gif_frames(n: int, w: int, h: int) -> bytes:
    """`n` frames of w × h pixels: the same small frame over and over."""
    file = io.BytesIO()
    frames = [Image.new("P", (w, h), colour) for colour in (0, 1)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=20, loop=0, optimize=False)
    one = file.getvalue()
    start = one.index(b"\x21\xf9")  # the first frame's control block
    return one[:start] + one[start:-1] * (n // 2) + b";"


def eps() -> bytes:
    return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(%pipe%id) (w) file\nshowpage\n"


def zip_bomb(mb: int) -> bytes:
    return _zipped({"zeros": b"\0" * (mb * 2**20)})


def zip_slip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc")
        archive.writestr("../../etc/cron.d/x", "* * * * * root id")
    return file.getvalue()


def docx_macro_like() -> bytes:
    return _zipped(
        {
            "[Content_Types].xml": b'<?xml version="1.0"?><Types/>',
            "word/document.xml": b"<w:document/>",
            "word/vbaProject.bin": b"\xd0\xcf\x11\xe0" + b"\0" * 500,
        }
    )


def exe() -> bytes:
    return b"MZ" + b"\x90\0" * 29 + struct.pack("<I", 128) + b"\0" * 64 + b"PE\0\0" + b"\0" * 200


def multipart_parts(n: int) -> bytes:
    part = b'--B\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n'
    return part * n + b"--B--\r\n"


def _zipped(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


BUILDERS: dict[str, Callable[..., Any]] = {
    builder.__name__: builder
    for builder in (
        text,
        deep_json,
        wide_json,
        zalgo,
        gzip_bomb,
        svg,
        png_text_xss,
        png_lying_header,
        gif_frames,
        eps,
        zip_bomb,
        zip_slip,
        docx_macro_like,
        exe,
        multipart_parts,
    )
}
