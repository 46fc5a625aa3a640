"""`backup [FILE]`: the database as of one moment and the files, while the desk runs."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

import config
from helpdesk.commands import ROOT, CannotGoOn, archive
from helpdesk.commands.archive import DATABASE, FILES, KEYS, Manifest, Writer
from helpdesk.commands.run import settings_or_problem
from helpdesk.commands.store_postgres import PostgresStore
from helpdesk.commands.store_sqlite import SqliteStore
from helpdesk.storage import Directory, FileMissing, open_storage


def main(arguments: list[str]) -> int:
    """Raises CannotGoOn."""
    options = _options(arguments)
    settings = settings_or_problem()
    target = options.file or settings.data_dir / "backups" / f"helpdesk-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar"
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = write(settings, target.absolute(), with_keys=options.with_keys)
    except OSError as error:
        raise CannotGoOn(f"{target} cannot be written: {error.strerror or error}") from None
    print(f"{target}: the database and {files} files.")
    if not options.with_keys:
        print("Its secrets can only be read with the keys: keep DATA_DIR/keys too, in another place.")
    return 0


def write(settings: config.Settings, target: Path, *, with_keys: bool) -> int:
    """Makes the archive. Answers how many files are in it."""
    store, storage = store_of(settings), open_storage(settings.storage_url)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as directory:
        dump = Path(directory) / "dump"
        migration = store.dump(dump)  # before the files: whatever it speaks of is there by then
        with archive.written(target) as writer:
            writer.manifest(
                Manifest(
                    made_at=datetime.now(UTC).isoformat(timespec="seconds"),
                    kind=store.kind,
                    migration=migration,
                    has_files=isinstance(storage, Directory),
                    has_keys=with_keys,
                    afterwards=_afterwards(store.kind),
                )
            )
            with dump.open("rb") as body:
                writer.stream(DATABASE, body, dump.stat().st_size)
            if with_keys:
                writer.text(KEYS, keys_text(settings))
            return _add_files(writer, storage) if isinstance(storage, Directory) else 0


def _afterwards(kind: str) -> list[str]:
    command = [sys.executable, "-m", "helpdesk.commands.afterwards", kind]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    statements: list[str] = json.loads(done.stdout)
    return statements


def store_of(settings: config.Settings) -> SqliteStore | PostgresStore:
    """Where the desk's rows are."""
    if settings.is_sqlite:
        return SqliteStore(Path(make_url(settings.database_url).database or ""))
    return PostgresStore(settings.database_url)


def keys_text(settings: config.Settings) -> str:
    """As in DATA_DIR/keys, wherever they come from."""
    return f"SECRET_KEY={settings.secret_key}\nENCRYPTION_KEYS={','.join(settings.encryption_keys)}\n"


def _add_files(writer: Writer, storage: Directory) -> int:
    number = 0
    for key in storage.everything():
        try:
            with storage.open(key) as body:
                writer.stream(f"{FILES}{key}", body, storage.size(key))
        except FileMissing:  # forgotten since the list was made
            continue
        number += 1
    return number


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m helpdesk backup", description="Copies the desk while it runs.")
    parser.add_argument("file", nargs="?", type=Path, help="default: DATA_DIR/backups/helpdesk-DATE-TIME.tar")
    parser.add_argument("--with-keys", action="store_true", help="also the keys that open its secrets: guard the file")
    return parser.parse_args(arguments)
