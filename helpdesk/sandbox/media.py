"""The platform's files: what customers sent, and its own copies of what businesses sent. On disk, served by key."""

from __future__ import annotations

import hashlib
import mimetypes
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import samples
from .exchange import Answer
from .faults import Fault
from .ids import media_key, object_id

PREFIX = "/instagram/media/"
_CHUNK = 64 * 1024
_SHOWN_INLINE = ("image/", "audio/", "video/", "application/pdf")


@dataclass(frozen=True)
class Stored:
    key: str
    content_type: str
    size: int
    sha256: str


class TooLarge(Exception):
    """More bytes than allowed came."""


class MediaStore:
    """Files below one directory. `base` is the server's own URL, known once it listens."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self.base = ""
        self.rows: dict[str, Stored] = {}
        directory.mkdir(parents=True, exist_ok=True)

    def add(self, chunks: Iterable[bytes], content_type: str, limit: int = 32 * 2**20) -> Stored:
        """Writes the chunks to a new file. Raises TooLarge beyond `limit` bytes; the file is gone then."""
        key, digest, size = media_key(), hashlib.sha256(), 0
        path = self._directory / key
        try:
            with path.open("wb") as file:
                for chunk in chunks:
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge
                    digest.update(chunk)
                    file.write(chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        stored = Stored(key, content_type, size, digest.hexdigest())
        self.rows[key] = stored
        return stored

    def sample(self, name: str) -> Stored:
        """A file that ships with the sandbox, by its name in `samples`. Raises KeyError."""
        with self._lock:
            known = self.rows.get(f"sample-{name}")
            if known is None:
                content, content_type = samples.read(name)
                known = self.put(f"sample-{name}", content, content_type)
            return known

    def put(self, key: str, content: bytes, content_type: str) -> Stored:
        """Stores under a key of the caller's, e.g. a picture that is drawn once."""
        (self._directory / key).write_bytes(content)
        stored = Stored(key, content_type, len(content), hashlib.sha256(content).hexdigest())
        self.rows[key] = stored
        return stored

    def url(self, stored: Stored) -> str:
        """An address as the platform's file host gives them: new for every use, without an extension."""
        return f"{self.base}{PREFIX}{stored.key}?asset_id={object_id()}&signature={media_key()}"

    def path(self, key: str) -> Path:
        return self._directory / key

    def first_bytes(self, stored: Stored, count: int = 16) -> bytes:
        with self.path(stored.key).open("rb") as file:
            return file.read(count)

    def forget(self) -> None:
        for key in list(self.rows):
            self.path(key).unlink(missing_ok=True)
        self.rows.clear()


def serve(store: MediaStore, key: str, range_header: str, fault: Fault | None) -> Answer:
    """The file, or what a fault makes of it."""
    stored = store.rows.get(key)
    if stored is None or (fault and fault.deed == "not_found"):
        return Answer(404, b"Content not available", {"Content-Type": "text/plain"})
    headers = {
        "Content-Type": stored.content_type,
        "Cache-Control": "private, max-age=86400",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline" if stored.content_type.startswith(_SHOWN_INLINE) else "attachment",
    }
    if fault and fault.deed == "html":
        return Answer(200, b"<!doctype html><script>document.title = 'not a picture'</script>", headers)
    if fault and fault.deed in ("endless", "too_big"):
        return Answer(200, b"", headers, stream=_padding(store.path(key), endless=fault.deed == "endless"))
    content = store.path(key).read_bytes()
    return _part(content, range_header, headers) if range_header else Answer(200, content, headers)


def _part(content: bytes, range_header: str, headers: dict[str, str]) -> Answer:
    """Players ask for a range before they seek."""
    first, _, last = range_header.removeprefix("bytes=").partition("-")
    if not first.isdigit() or int(first) >= len(content) or "," in range_header:
        return Answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
    end = min(int(last), len(content) - 1) if last.isdigit() else len(content) - 1
    span = {"Content-Range": f"bytes {first}-{end}/{len(content)}", "Accept-Ranges": "bytes"}
    return Answer(206, content[int(first) : end + 1], {**headers, **span})


def _padding(path: Path, *, endless: bool) -> Iterator[bytes]:
    """The real beginning, then zeros: 64 MiB, or without end."""
    yield path.read_bytes()
    sent = 0
    while endless or sent < 64 * 2**20:
        yield bytes(_CHUNK)
        sent += _CHUNK


def attachment_type(content_type: str) -> str:
    """How the platform calls a file of this kind: image, video, audio or file."""
    main = content_type.partition("/")[0]
    return main if main in ("image", "video", "audio") else "file"


def guessed_type(name: str, content_type: str) -> str:
    """The content type of an upload; what a browser would run is kept as plain bytes."""
    kind = content_type.partition(";")[0].strip().lower() or mimetypes.guess_type(name)[0] or ""
    is_safe = kind.startswith(_SHOWN_INLINE) and "svg" not in kind
    return kind if is_safe else "application/octet-stream"
