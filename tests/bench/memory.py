"""How much memory a desk needs while nothing happens: the processes' proportional shares (PSS), added up."""

from __future__ import annotations

import os
import signal
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests.support import process

SETTLE_SECONDS = 8
READY_SECONDS = 60
RUN = "import sys; from helpdesk.commands.run import main; sys.exit(main(['--no-demo']))"
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def of_a_whole_desk(directory: Path) -> Mapping[str, float]:
    """MB of each process of `python3 -m helpdesk run`, the supervisor included, by its name."""
    web, live, sandbox = (process.free_port() for _ in range(3))
    ports = {"PORT": str(web), "LIVE_PORT": str(live), "SANDBOX_PORT": str(sandbox)}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = kept | ports | {"DATA_DIR": str(directory / "var")}
    log = directory / "run.log"
    started = process.start([sys.executable, "-c", RUN], log=log, environment=environment, dies_by=signal.SIGTERM)
    try:
        process.wait_until(lambda: _is_ready(web), started, log, seconds=READY_SECONDS)
        time.sleep(SETTLE_SECONDS)  # idle is what it is after its start is over
        return {f"{_name(pid)} {pid}": pss(pid) for pid in family(started.pid)}
    finally:
        process.stop(started)


def family(first: int) -> list[int]:
    """Pids of a process and of all that come from it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            parents[int(entry.name)] = int(fields[1])
    found = [first]
    for pid in found:  # grows while we walk it
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def pss(pid: int) -> float:
    """MB; what several share counts for each in part."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    text = " ".join(words)
    known = ("valkey", "sandbox", "create_live", "wsgi:app", "workers", "commands.run")
    found = next((name for name in known if name in text), words[0])
    return {"create_live": "live", "wsgi:app": "web", "commands.run": "supervisor"}.get(found, found)


def _is_ready(port: int) -> bool:
    try:
        with _open(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return b'"ready"' in answer.read()
    except OSError:
        return False
