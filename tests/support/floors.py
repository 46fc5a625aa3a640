"""The floors of the house, and how to find an import that climbs. It reads source text; nothing is imported."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("helpdesk", "workers", "config", "wsgi")

# Longest prefix wins. What stands directly in helpdesk/ and is not named here is floor 0: it may use libraries alone.
FLOORS = {
    "config": 0,
    "helpdesk": 0,
    "helpdesk.channels": 1,
    "helpdesk.models": 2,
    "helpdesk.domain": 3,
    "helpdesk.metrics": 3,
    "helpdesk.rules": 4,
    "helpdesk.realtime": 4,
    "workers": 5,
    "helpdesk.web": 6,
    "helpdesk.subscribers": 6,
    "helpdesk.cli": 6,
    "helpdesk.app": 6,
    "helpdesk.live": 6,
    "helpdesk.demo": 6,
    "wsgi": 6,
    # Run as programs of their own, in the virtual environment.
    "helpdesk.commands.prepare": 6,
    "helpdesk.commands.afterwards": 6,
    "helpdesk.commands.check_migrations": 6,
    # Beside the house: what starts it, from a bare Python.
    "helpdesk.__main__": 7,
    "helpdesk.bootstrap": 7,
    "helpdesk.supervisor": 7,
    "helpdesk.commands": 7,
}
SANDBOX = "helpdesk.sandbox"
STRANGERS = (("helpdesk.rules", "helpdesk.realtime"), ("helpdesk.realtime", "helpdesk.rules"))
# Entry points, which build the app.
DOORS = {"workers.__main__": ("helpdesk.app",), "helpdesk.cli": ("helpdesk.app",)}
# What a floor must not import from outside, or from below itself.
BANNED = {
    "helpdesk.channels": ("flask", "flask_sqlalchemy", "sqlalchemy", "helpdesk.db", "helpdesk.clock", "helpdesk.queue"),
    "helpdesk.models": ("flask", "redis", "rq", "socketio", "helpdesk.queue", "helpdesk.fetch"),
    "helpdesk.domain": ("redis", "rq", "socketio", "flask_socketio", "httpx2", "helpdesk.queue", "helpdesk.fetch"),
    "helpdesk.metrics": ("redis", "rq", "socketio", "flask_socketio", "httpx2", "helpdesk.queue", "helpdesk.fetch"),
    "workers": ("flask_login", "flask_wtf", "wtforms"),
}
BANNED_NAMES = {  # from flask import …
    "helpdesk.domain": ("request", "session", "g"),
    "helpdesk.metrics": ("request", "session", "g"),
    "workers": ("request", "session"),
}
# Verbs and reading alike leave the commit to the entry point.
BANNED_CALLS = {
    "helpdesk.domain": ("commit", "emit", "enqueue", "enqueue_call"),
    "helpdesk.metrics": ("commit", "emit", "enqueue", "enqueue_call"),
    "helpdesk.models": ("commit", "execute", "scalars", "scalar", "emit"),
}
# What belongs to somebody: a query for it on behalf of a person begins in domain.access.
GUARDED = ("Ticket", "Message", "Conversation", "Contact", "Identity", "Attachment", "Reaction", "Event", "Inbox")
QUERIES = ("select", "query", "get", "get_one", "get_or_404", "first_or_404")
ASKED_BY_PEOPLE = ("helpdesk.web",)  # realtime draws for rooms; its cursor asks access for each element


@dataclass(frozen=True)
class Source:
    module: str
    text: str
    is_package: bool = False


@dataclass(frozen=True)
class Finding:
    module: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.problem}"


def sources(root: Path = ROOT) -> list[Source]:
    """All our modules."""
    files = [path for top in ("helpdesk", "workers") for path in sorted((root / top).rglob("*.py"))]
    files += [root / "config.py", root / "wsgi.py"]
    return [_source(path, root) for path in files if "__pycache__" not in path.parts]


def findings(all_sources: Sequence[Source]) -> list[Finding]:
    """Everything that breaks the table."""
    return [found for source in all_sources for found in _findings(source)]


def floor(module: str) -> int:
    return FLOORS[_longest(module, FLOORS)]


def _findings(source: Source) -> Iterator[Finding]:
    tree = ast.parse(source.text)
    for line, target, names in imports(tree, source):
        for problem in _import_problems(source.module, target, names):
            yield Finding(source.module, line, problem)
    yield from _calls(source, tree)


def imports(tree: ast.AST, source: Source) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """(line, module, names from it): wherever they stand, inside functions too; for types alone does not count."""
    skipped = {inner for node in ast.walk(tree) if _is_for_types(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name, ()
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, source)
            yield node.lineno, base, tuple(name.name for name in node.names)
            if base.split(".")[0] in OURS:  # `from helpdesk.domain import access` names a module
                for name in node.names:
                    yield node.lineno, f"{base}.{name.name}", ()
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield node.lineno, argument.value, ()


def _import_problems(module: str, target: str, names: tuple[str, ...]) -> Iterator[str]:
    if _is_in(module, SANDBOX):
        yield from _sandbox_problems(target)
        return
    if target.split(".")[0] in OURS:
        yield from _climbing(module, target)
    for banned in BANNED.get(_longest(module, BANNED), ()):
        if _is_in(target, banned):
            yield f"imports {target}: not on this floor"
    if target == "flask":
        for name in set(names) & set(BANNED_NAMES.get(_longest(module, BANNED_NAMES), ())):
            yield f"uses flask.{name}: not on this floor"


def _climbing(module: str, target: str) -> Iterator[str]:
    if any(_is_in(target, door) for door in DOORS.get(module, ())):
        return
    if _is_in(target, SANDBOX):
        yield f"imports {target}: the sandbox is another program"
    elif floor(target) > floor(module):
        yield f"climbs to {target} (floor {floor(module)} → {floor(target)})"
    for here, there in STRANGERS:
        if _is_in(module, here) and _is_in(target, there):
            yield f"imports {target}: the two do not know each other"
    if floor(module) == 7 and 0 < floor(target) < 7:
        yield f"imports {target}: what starts the house works without it"


def _sandbox_problems(target: str) -> Iterator[str]:
    top = target.split(".")[0]
    if not (_is_in(target, SANDBOX) or target == "helpdesk" or top in sys.stdlib_module_names):
        yield f"imports {target}: the sandbox has the standard library alone"


def _calls(source: Source, tree: ast.AST) -> Iterator[Finding]:
    banned = BANNED_CALLS.get(_longest(source.module, BANNED_CALLS), ())
    asks_for_people = any(_is_in(source.module, package) for package in ASKED_BY_PEOPLE)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = _called(node)
        if called in banned and isinstance(node.func, ast.Attribute):
            yield Finding(source.module, node.lineno, f"calls .{called}(): not on this floor")
        if asks_for_people and called in QUERIES:
            for argument in node.args:
                if (name := _model(argument)) in GUARDED:
                    yield Finding(source.module, node.lineno, f"asks for {name} itself: that begins in domain.access")


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _model(argument: ast.expr) -> str:
    """`Ticket` and `Ticket.id` both ask for Ticket."""
    while isinstance(argument, ast.Attribute):
        if argument.attr in GUARDED:
            return argument.attr
        argument = argument.value
    return argument.id if isinstance(argument, ast.Name) else ""


def _is_for_types(node: ast.AST) -> bool:
    if not isinstance(node, ast.If):
        return False
    test = node.test
    return (test.id if isinstance(test, ast.Name) else getattr(test, "attr", "")) == "TYPE_CHECKING"


def _absolute(node: ast.ImportFrom, source: Source) -> str:
    if not node.level:
        return node.module or ""
    parts = source.module.split(".")
    parts = parts[: len(parts) - node.level + source.is_package]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _longest(module: str, prefixes: Sequence[str] | dict[str, object]) -> str:
    return max((prefix for prefix in prefixes if _is_in(module, prefix)), key=len, default="")


def _source(path: Path, root: Path) -> Source:
    parts = list(path.relative_to(root).with_suffix("").parts)
    is_package = parts[-1] == "__init__"
    return Source(".".join(parts[:-1] if is_package else parts), path.read_text("utf-8"), is_package)
