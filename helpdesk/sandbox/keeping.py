"""Keeps people, chats and uploads in a JSON file, so that the phones remember them after a restart."""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .customers import Customer
from .media import Stored
from .record import Arrival, Comment, Happening, Message, Piece, Thread
from .world import World

Json = dict[str, Any]
_EVERY = 1.0  # seconds between two looks whether something changed


def start(world: World, path: Path) -> None:
    """Loads what is there and saves from now on. A file that cannot be read is set aside, and a line says so."""
    if path.is_file():
        try:
            _load(world, json.loads(path.read_text("utf-8")))
        except (ValueError, TypeError, KeyError) as error:
            aside = path.with_suffix(".unreadable")
            path.replace(aside)
            print(f"sandbox: {path} could not be read ({error}); moved to {aside.name}", file=sys.stderr)
    threading.Thread(target=_run, args=(world, path), name="keeping", daemon=True).start()


def _run(world: World, path: Path) -> None:
    """Saves after changes; the longer saving takes, the rarer it is done."""
    saved, pause = world.changes.number, _EVERY
    while not world.stopping.wait(pause):
        number = world.changes.number
        if number != saved:
            started = time.monotonic()
            save(world, path)
            saved, pause = number, max(_EVERY, 20 * (time.monotonic() - started))
    save(world, path)


def save(world: World, path: Path) -> None:
    """Writes all of it, or leaves the old file."""
    with world.lock:
        text = json.dumps(_kept(world), ensure_ascii=True, separators=(",", ":"))
    draft = path.with_suffix(".draft")
    draft.write_text(text, "utf-8")
    draft.replace(path)


def _kept(world: World) -> Json:
    return {
        "customers": [asdict(one) for one in world.customers.values()],
        "threads": [
            {
                "account": account,
                "customer": customer,
                "messages": [asdict(one) for one in thread.messages.values()],
                "arrivals": [asdict(one) for one in thread.arrivals],
                "happenings": [asdict(one) for one in thread.happenings],
                "opened_at": thread.opened_at,
                "business_seen_at": thread.business_seen_at,
            }
            for (account, customer), thread in world.record.threads.items()
        ],
        "comments": [asdict(one) for one in world.record.comments.values()],
        "media": [asdict(one) for one in world.media.rows.values()],
        "uploads": world.uploads,
        "subscriptions": world.subscriptions,
        "fresh_tokens": world.fresh_tokens,
    }


def _load(world: World, kept: Json) -> None:
    with world.lock:
        world.customers = {row["id"]: Customer(**row) for row in kept["customers"]}
        for row in kept["threads"]:
            world.record.threads[(row["account"], row["customer"])] = _thread(row)
        world.record.comments = {row["id"]: Comment(**row) for row in kept["comments"]}
        stored = [Stored(**row) for row in kept["media"]]
        world.media.rows = {one.key: one for one in stored if world.media.path(one.key).is_file()}
        world.uploads = {name: (row[0], row[1], row[2]) for name, row in kept["uploads"].items()}
        world.subscriptions = kept["subscriptions"]
        world.fresh_tokens = kept["fresh_tokens"]


def _thread(row: Json) -> Thread:
    messages = [Message(**{**one, "media": [Piece(**piece) for piece in one["media"]]}) for one in row["messages"]]
    arrivals = [Arrival(**one) for one in row["arrivals"]]
    happenings = [Happening(**one) for one in row.get("happenings", [])]  # files of before have none
    said = {one.mid: one for one in messages}
    return Thread(said, arrivals, happenings, row["opened_at"], 0, row["business_seen_at"])
