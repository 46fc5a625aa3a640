"""Builders of files that strangers send: `build("svg", kind="onload")`, by the names of the list of bad inputs."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image, PngImagePlugin

_SVG = {
    "onload": '<svg xmlns="http://www.w3.org/2000/svg" onload="window.__xss=1"/>',
    "foreign": '<svg xmlns="http://www.w3.org/2000/svg"><foreignObject><p onload="x()"/></foreignObject></svg>',
    "xxe": '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>',
    "image_ssrf": '<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:6379/"/></svg>',
}


def build(name: str, **args: object) -> bytes:
    return _BUILDERS[name](**args)


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 0).save(out, form, **more)
    return out.getvalue()


def _svg(kind: str) -> bytes:
    return _SVG[kind].encode()


def _png_text_xss() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>window.__xss=1</script>")
    return picture(pnginfo=notes)


def _png_lying_header() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def _gif_frames(n: int, w: int, h: int) -> bytes:
    frames = [Image.new("P", (w, h), index % 2) for index in range(n)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], optimize=False)
    return out.getvalue()


def _eps() -> bytes:
    return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(%pipe%touch /tmp/owned) (w) file\nshowpage\n"


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def _zip_bomb(mb: int) -> bytes:
    return _zip({"zeros": bytes(mb * 2**20)})


def _zip_slip() -> bytes:
    return _zip({"../../etc/cron.d/x": b"* * * * * root id\n"})


def _docx_macro_like() -> bytes:
    return _zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", "word/vbaProject.bin": b"macro"})


def _exe() -> bytes:
    return b"MZ\x90\0\x03\0\0\0" + bytes(56) + b"PE\0\0" + bytes(100)


_BUILDERS: dict[str, Callable[..., bytes]] = {
    "svg": _svg,
    "png_text_xss": _png_text_xss,
    "png_lying_header": _png_lying_header,
    "gif_frames": _gif_frames,
    "eps": _eps,
    "zip_bomb": _zip_bomb,
    "zip_slip": _zip_slip,
    "docx_macro_like": _docx_macro_like,
    "exe": _exe,
}
