"""A back-up's file: a tar with what it is (first), the database, the files, if wanted the keys, and an end mark."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from helpdesk.commands import CannotGoOn

FORMAT = 1
MANIFEST, DATABASE, FILES, KEYS, END = "manifest.json", "database", "files/", "keys", "end"
_FILE = re.compile(r"files/[0-9a-f]{64}")


@dataclass(frozen=True)
class Manifest:
    """What the back-up is of. `afterwards`: SQL for the transaction that restores it."""

    made_at: str
    kind: str  # sqlite or postgresql
    migration: str
    has_files: bool  # those of a bucket are kept by the bucket
    has_keys: bool
    afterwards: list[str]


class Writer:
    """Adds members one after the other."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def text(self, name: str, text: str) -> None:
        self.stream(name, io.BytesIO(text.encode()), len(text.encode()))

    def stream(self, name: str, body: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, body)

    def manifest(self, manifest: Manifest) -> None:
        self.text(MANIFEST, json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1))


@contextmanager
def written(path: Path) -> Iterator[Writer]:
    """A new archive at `path`: whole and on the disk, or not there at all. Only this user can read it."""
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 600
    try:
        with os.fdopen(handle, "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                writer = Writer(tar)
                yield writer
                writer.text(END, "")
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


class Reader:
    """An archive that is whole: looked through to its end before anything is taken from it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with tarfile.open(path, "r:") as tar:
                members = tar.getmembers()
                self._members = {member.name: member for member in members if member.isreg()}
                is_whole = [members[0].name, members[-1].name] == [MANIFEST, END]
            said = json.loads(self.read(MANIFEST)) if is_whole else {}
            if said.pop("format", None) != FORMAT:
                raise ValueError
            self.manifest = Manifest(**said)
        except FileNotFoundError:
            raise CannotGoOn(f"{path} is not there.") from None
        except (OSError, tarfile.TarError, ValueError, TypeError, KeyError, IndexError):
            raise CannotGoOn(f"{path} is no whole back-up of this desk.") from None

    def read(self, name: str) -> str:
        with self.open(name) as body:
            return body.read().decode()

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        with tarfile.open(self.path, "r:") as tar:
            body = tar.extractfile(self._members[name])
            if body is None:
                raise CannotGoOn(f"{self.path} has no {name}.")
            with body:
                yield body

    def copy(self, name: str, to: Path) -> None:
        """Onto the disk, not only into its cache."""
        with self.open(name) as body, to.open("wb") as file:
            shutil.copyfileobj(body, file)
            file.flush()
            os.fsync(file.fileno())

    def files(self) -> Iterator[tuple[str, IO[bytes]]]:
        """(key, body) of each file; other names are not even looked at."""
        with tarfile.open(self.path, "r:") as tar:
            for name, member in self._members.items():
                body = tar.extractfile(member) if _FILE.fullmatch(name) else None
                if body is not None:
                    with body:
                        yield name.removeprefix(FILES), body


def sync_directory(directory: Path) -> None:
    """A rename is only on the disk when its directory is."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
