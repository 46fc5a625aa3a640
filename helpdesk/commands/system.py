"""What the operating system has, and what apt can add. Needs the standard library alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

CHROMIUM = "/usr/bin/chromium"
EMOJI_FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
POSTGRES_HOME = Path("/usr/lib/postgresql")
CREATE_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")


def chromium() -> Path | None:
    """Chromium's program, else None."""
    found = shutil.which(CHROMIUM) or shutil.which("chromium")
    return Path(found) if found else None


def postgres_programs() -> Path | None:
    """The directory of PostgreSQL's `initdb` and `postgres`, of the newest version installed, else None."""
    versions = [path.parent for path in POSTGRES_HOME.glob("*/bin/initdb")]
    if versions:
        return max(versions, key=lambda path: [int(part) for part in path.parent.name.split(".") if part.isdigit()])
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def postgres_client(name: str) -> Path | None:
    """One of PostgreSQL's programs (`pg_dump`), of the newest version installed, since an older one refuses a newer
    server; else None."""
    versions = [path for path in POSTGRES_HOME.glob(f"*/bin/{name}") if path.parts[-3].isdigit()]
    if versions:
        return max(versions, key=lambda path: int(path.parts[-3]))
    found = shutil.which(name)
    return Path(found) if found else None


def root_prefix() -> list[str] | None:
    """What to put before a command to run it as root without a question: [] as root, None when that is not possible."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and _runs([sudo, "-n", "true"]):
        return [sudo, "-n"]
    return None


def apt_install(packages: Sequence[str], log: Path) -> bool:
    """Installs Debian packages; False when this user or machine cannot. What apt says goes to `log`."""
    prefix, apt = root_prefix(), shutil.which("apt-get", path="/usr/bin:/bin")
    if prefix is None or apt is None:
        return False
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", apt]
    options = ["-o", "Dpkg::Options::=--force-confold", "-o", "DPkg::Lock::Timeout=120"]
    with log.open("ab") as output:
        # An update that fails in part (one source of many is away) need not keep the packages from us.
        subprocess.run([*command, "update", "-q"], stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
        install = [*command, "install", "-q", "-y", "--no-install-recommends", *options, *packages]
        done = subprocess.run(install, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
    return done.returncode == 0


def forbid_main_cluster() -> None:
    """Debian's package starts a server at once unless told not to before; the tests start their own. Needs root."""
    prefix = root_prefix()
    if prefix is None or CREATE_CLUSTER.exists():
        return
    script = 'mkdir -p "$(dirname "$1")" && printf "create_main_cluster = false\\n" > "$1"'
    subprocess.run([*prefix, "sh", "-c", script, "sh", str(CREATE_CLUSTER)], stdin=subprocess.DEVNULL, check=True)


def _runs(command: Sequence[str]) -> bool:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
