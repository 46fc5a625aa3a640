"""`restore FILE`: puts a back-up in the place of an empty desk, or with --force of another one."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import config
from helpdesk import failpoints, schema
from helpdesk.commands import CannotGoOn
from helpdesk.commands.archive import DATABASE, KEYS, Reader
from helpdesk.commands.backup import keys_text, store_of
from helpdesk.commands.private import write_private
from helpdesk.commands.run import only_desk, settings_or_problem
from helpdesk.commands.store_postgres import PostgresStore
from helpdesk.commands.store_sqlite import SqliteStore
from helpdesk.storage import Directory, open_storage

NOT_YET_SENT = "What waited to be sent when it was made may have been sent since: it is shown as not confirmed."


def main(arguments: list[str]) -> int:
    """Files first, the database last and in one step: whatever ends us before, the old desk is as it was. Raises
    CannotGoOn."""
    options = _options(arguments)
    backup = Reader(options.file.absolute())
    _bring_first_keys(backup)
    settings = settings_or_problem()
    store = store_of(settings)
    with only_desk(settings.data_dir):
        _check(backup, store, is_forced=options.force)
        _bring_keys(backup, settings)
        files = _bring_files(backup, settings)
        failpoints.hit("restore.files_done")
        with store.beside() as dump:
            backup.copy(DATABASE, dump)
            store.load(dump, backup.manifest.afterwards)
    print(f"The desk is as it was at {backup.manifest.made_at}, with {files} files. Everybody has to sign in again.")
    print(NOT_YET_SENT)
    if not backup.manifest.has_keys:
        print("The keys are not in this back-up: DATA_DIR/keys has to be that of the desk that it was made of.")
    print("Once it runs: python3 -m helpdesk flask doctor")
    return 0


def _check(backup: Reader, store: SqliteStore | PostgresStore, *, is_forced: bool) -> None:
    manifest = backup.manifest
    if manifest.kind != store.kind:
        raise CannotGoOn(f"This is a back-up of {manifest.kind}, and DATABASE_URL names {store.kind}.")
    if manifest.migration not in schema.known():
        raise CannotGoOn(f"This back-up was made by a newer version of the desk (migration {manifest.migration}).")
    if not is_forced and not store.is_empty():
        raise CannotGoOn("There is a desk in this place already. To replace it by the back-up: restore --force")


def _bring_first_keys(backup: Reader) -> None:
    """On a fresh machine: before any would be made."""
    data_dir = Path(os.environ.get("DATA_DIR", "").strip() or "var").expanduser().absolute()
    path = data_dir / config.KEYS_FILE
    if backup.manifest.has_keys and not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        write_private(path, backup.read(KEYS))


def _bring_keys(backup: Reader, settings: config.Settings) -> None:
    """Those of the desk that is replaced are kept beside."""
    if not backup.manifest.has_keys or backup.read(KEYS) == keys_text(settings):
        return
    path = settings.data_dir / config.KEYS_FILE
    if path.exists():
        write_private(path.with_name(f"{path.name}.before-restore"), path.read_text())
    write_private(path, backup.read(KEYS))
    if any(os.environ.get(name) for name in ("SECRET_KEY", "ENCRYPTION_KEYS")):
        print("SECRET_KEY or ENCRYPTION_KEYS are set and count before DATA_DIR/keys, which now has the back-up's.")


def _bring_files(backup: Reader, settings: config.Settings) -> int:
    """Their names are random and their contents never change: they may lie beside those that are there."""
    storage, number = open_storage(settings.storage_url), 0
    if not isinstance(storage, Directory):
        return 0
    for key, body in backup.files():
        storage.put_back(key, body)
        number += 1
    return number


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m helpdesk restore", description="Puts a back-up in place.")
    parser.add_argument("file", type=Path, help="what backup has written")
    parser.add_argument("--force", action="store_true", help="replace the desk that is there")
    return parser.parse_args(arguments)
