"""Where files are kept, under random names that say nothing of their content: a directory, or a bucket of S3's kind."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import IO, Any, Protocol
from urllib.parse import unquote, urlsplit

from helpdesk.filetypes import sniff as sniff  # what a stored file is

try:
    import obstore  # type: ignore[import-not-found,unused-ignore]  # only a desk whose files are in S3 has it
except ImportError:
    obstore = None

CHUNK = 2**20  # bytes copied at a time
_KEY = re.compile(r"[0-9a-f]{64}")


class StorageError(Exception):
    """The storage cannot be used as it is set up. One line for people."""


class FileMissing(Exception):
    """No file has this key."""


class Storage(Protocol):
    """Files by key. Keys are 32 random bytes in hex, made here; nothing that a sender wrote is part of them."""

    def put(self, body: bytes | IO[bytes]) -> str:
        """Keeps a copy, whole and on the disk before it returns its key. A stream is read from where it stands."""
        ...

    def open(self, key: str) -> IO[bytes]:
        """The file, to be read and sought in; the caller closes it. Raises FileMissing."""
        ...

    def size(self, key: str) -> int:
        """Bytes. Raises FileMissing."""
        ...

    def delete(self, key: str) -> None:
        """Forgets the file; harmless when it is gone."""
        ...


def open_storage(url: str) -> Storage:
    """The storage that STORAGE_URL names: `file:///PATH` or `s3://BUCKET/PREFIX`. Raises StorageError."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Directory(Path(unquote(parts.path)))
    if parts.scheme != "s3":
        raise StorageError("STORAGE_URL: must be file:///PATH or s3://BUCKET/PREFIX")
    if obstore is None:
        raise StorageError("STORAGE_URL: S3 storage needs obstore; run: pip install obstore")
    return Bucket(obstore.store.from_url(url))


class Directory:
    """Files below one directory, fanned out by the first bytes of their keys. Made when the first file comes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, body: bytes | IO[bytes]) -> str:
        key = token_hex(32)
        self.put_back(key, body)
        return key

    def put_back(self, key: str, body: bytes | IO[bytes]) -> None:
        """A file that had this key before, in another directory. Raises FileMissing for what is no key."""
        path = self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self.root / "unfinished"
        unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=unfinished)  # mode 600
        try:
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(BytesIO(body) if isinstance(body, bytes) else body, file, CHUNK)
                file.flush()
                os.fsync(file.fileno())
            os.rename(part, path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
        _sync(path.parent)

    def everything(self) -> Iterator[str]:
        """The keys of all files that are here now; one that came or went meanwhile may or may not be among them."""
        return (path.name for path in self.root.glob("??/??/*") if _KEY.fullmatch(path.name))

    def open(self, key: str) -> IO[bytes]:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise FileMissing(key) from None

    def size(self, key: str) -> int:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            raise FileMissing(key) from None

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileMissing("not a key")  # nor a path that climbs out
        return self.root / key[:2] / key[2:4] / key


class Bucket:
    """Files in a bucket, through an obstore store. Its credentials come from the usual AWS_… variables."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def put(self, body: bytes | IO[bytes]) -> str:
        key = token_hex(32)
        self._store.put(key, body)
        return key

    def open(self, key: str) -> IO[bytes]:
        spooled = tempfile.SpooledTemporaryFile(max_size=CHUNK)  # noqa: SIM115  # the caller closes it
        for chunk in self._get(key).stream():
            spooled.write(chunk)
        spooled.seek(0)
        return spooled

    def size(self, key: str) -> int:
        return int(self._get(key).meta["size"])

    def delete(self, key: str) -> None:
        try:
            self._store.delete(self._checked(key))
        except FileNotFoundError:
            return

    def _get(self, key: str) -> Any:
        try:
            return self._store.get(self._checked(key))
        except FileNotFoundError:
            raise FileMissing(key) from None

    def _checked(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise FileMissing("not a key")
        return key


def _sync(directory: Path) -> None:
    """A rename is only on the disk when its directory is."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
