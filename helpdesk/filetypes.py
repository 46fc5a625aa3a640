"""What a file is, by its first bytes, and what people should be told before they open it. Names and hosts may lie."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import IO

import filetype

HEAD = 8192  # bytes that `sniff` wants to see
TAIL = 65536  # bytes of the end: where an archive names what is in it
UNKNOWN = "application/octet-stream"
PROGRAM = "program file"  # the warning that makes the page ask before the download
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})  # what we re-encode and show

_KNOWN = PICTURES | {
    "image/heic", "image/avif", "image/tiff", "image/bmp",
    "audio/aac", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/x-flac", "audio/x-wav", "audio/amr",
    "video/3gpp", "video/mp4", "video/x-m4v", "video/x-matroska", "video/quicktime", "video/x-msvideo", "video/webm",
    "video/mpeg", "application/pdf", "application/rtf", "application/zip", "application/gzip", "application/x-tar",
    "application/x-rar-compressed", "application/x-7z-compressed", "application/x-bzip2", "application/x-xz",
    "application/zstd", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/x-msdownload", "application/x-executable",
}  # fmt: skip
_ARCHIVES = frozenset({
    "application/zip", "application/gzip", "application/x-tar", "application/x-rar-compressed",
    "application/x-7z-compressed", "application/x-bzip2", "application/x-xz", "application/zstd",
})  # fmt: skip
_PROGRAMS = frozenset({"application/x-msdownload", "application/x-executable"})
_PROGRAM_NAMES = frozenset({
    "apk", "app", "bat", "cmd", "com", "cpl", "deb", "dmg", "exe", "hta", "iso", "jar", "js", "jse", "lnk", "msi",
    "msp", "pif", "pkg", "ps1", "reg", "rpm", "scr", "sh", "url", "vb", "vbe", "vbs", "wsf",
})  # fmt: skip
_MACRO_NAMES = frozenset({
    "doc", "dot", "docm", "dotm", "xls", "xlt", "xlsm", "xlsb", "xltm", "ppt", "pps", "pot", "pptm", "potm", "ppsm",
})  # fmt: skip
_MARKUP = re.compile(rb"(?i)<(?:!doctype|!--|\?xml|html|svg|script|head|body|iframe|title|style|x:|a\s|img|link|meta)")


def sniff(head: bytes) -> str:
    """The MIME type that the first `HEAD` bytes show; what is not in our list is application/octet-stream.

    Markup is never an image and never a page, whatever it calls itself: SVG and HTML can run script.
    """
    kind = filetype.guess_mime(head) if head else None
    if kind in _KNOWN:
        return str(kind)
    if kind is None and _is_plain(head):
        return "text/plain"
    return UNKNOWN


def ends(file: IO[bytes]) -> bytes:
    """The file's beginning and, where that is not all of it, its end. Leaves it at its beginning."""
    head = file.read(HEAD)
    size = file.seek(0, 2)
    file.seek(max(len(head), size - TAIL))
    tail = file.read()
    file.seek(0)
    return head + tail


def is_program(name: str) -> bool:
    """Does a file or path of this name run when it is opened?"""
    return _extension(name) in _PROGRAM_NAMES


def warnings(mime: str, name: str, content: bytes = b"", *, declared: str = "") -> tuple[str, ...]:
    """What to tell whoever opens the file. `mime` is what `sniff` found, `declared` what the sender called it,
    `content` its `ends`, or as much of it as is at hand."""
    found = []
    if mime in _PROGRAMS or is_program(name):
        found.append(PROGRAM)
    if _extension(name) in _MACRO_NAMES or b"vbaProject" in content:
        found.append("may contain macros")
    elif mime in _ARCHIVES:
        found.append("archive: not opened")
    if _is_said(declared) and _family(declared) != _family(mime):
        found.append("type differs")
    return tuple(found)


def _is_said(declared: str) -> bool:
    """Does it say anything? Some hosts call every file a row of bytes."""
    return bool(declared) and not declared.partition(";")[0].strip().lower().endswith("/octet-stream")


def _is_plain(head: bytes) -> bool:
    if not head or b"\0" in head or _MARKUP.search(head):
        return False
    try:
        head[:-4].decode()  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return True


def _family(mime: str) -> str:
    """Sound and film are one: the same boxes hold either, and a voice message is often called a film."""
    family = mime.partition(";")[0].strip().lower().partition("/")[0]
    return "video" if family == "audio" else family


def _extension(name: str) -> str:
    return PurePosixPath(name.rstrip(". ").replace("\\", "/")).suffix.removeprefix(".").lower()
