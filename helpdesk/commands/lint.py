"""`python -m helpdesk.commands.lint`: what the house forbids and no ready linter knows, line by line."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpdesk.commands import ROOT

STREAMS = "static/js/lib/streams.js"  # the one place that may turn a server's partial into elements


@dataclass(frozen=True)
class Rule:
    """Something that must not stand in files of a kind below some folders. `allowed` files may have it."""

    pattern: re.Pattern[str]
    reason: str
    folders: tuple[str, ...]
    suffixes: tuple[str, ...]
    allowed: frozenset[str] = frozenset()


OURS = ("helpdesk", "workers", "migrations", "templates", "static")
PYTHON = (".py",)
RULES = (
    Rule(
        re.compile(r"\|\s*safe\b"),
        "what people typed would be read as HTML; use autoescape",
        OURS,
        (".html", ".py", ".txt", ".svg"),
    ),
    Rule(re.compile(r"\bautoescape\s+false\b"), "autoescape stays on", OURS, (".html",)),
    Rule(re.compile(r"\bMarkup\("), "HTML is made by templates alone", OURS, PYTHON),
    Rule(
        re.compile(
            r"\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment)\b|\bDOMParser\b"
        ),
        f"HTML becomes elements in {STREAMS} alone",
        ("static/js", "helpdesk/sandbox"),
        (".js", ".html"),
        frozenset({STREAMS}),
    ),
    Rule(re.compile(r"\bdocument\.write(ln)?\("), "HTML is made by templates alone", ("static/js",), (".js",)),
    Rule(
        re.compile(r"^\s*(import|from)\s+(c?pickle|marshal|shelve|dill)\b"),
        "what is read could run code; use JSON",
        OURS,
        PYTHON,
    ),
    Rule(re.compile(r"(?<![\w.])(eval|exec)\("), "text is never run", OURS, (".py", ".js")),
    Rule(re.compile(r"\bnew Function\("), "text is never run", OURS, (".js",)),
    Rule(re.compile(r"<[^>]*\s(on[a-z]+|style)\s*="), "the content policy forbids it", ("templates",), (".html",)),
    Rule(
        re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style\b"),
        "the content policy forbids it",
        ("templates",),
        (".html",),
    ),
)

# What must stand in no file of the checkout, whatever its kind: whoever has only the checkout has all of it.
EVERYWHERE = (
    (re.compile(r"\.\./shared\b|/ ?[\"']shared[\"']|/shared/\w"), "nothing here reads beside the checkout"),
    (re.compile(r"(?<![\w.])/(?:home|Users|root|work|tmp/wt)/\w"), "a path of one machine"),
    (
        re.compile(
            r"(?i)\bpypi\.org|pythonhosted\.org|\bnpmjs\.(?:org|com)|(?:index|registry)[-_]url\s*[= ]\s*[\"']?http"
        ),
        "where packages come from is the machine's own setting",
    ),
)
NOT_OURS = frozenset({"var", ".git", ".venv", "vendor", "__pycache__"})  # folders


@dataclass(frozen=True)
class Finding:
    """One line that a rule forbids; lines count from 1."""

    path: str
    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text.strip()[:100]}  ({self.reason})"


def findings(root: Path) -> Iterator[Finding]:
    """Every forbidden line of the checkout at `root`."""
    for rule in RULES:
        for path in _files(root, rule):
            name = path.relative_to(root).as_posix()
            for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if rule.pattern.search(text):
                    yield Finding(name, number, text, rule.reason)
    yield from _out_of_place(root)


def main(root: Path = ROOT) -> int:
    """Prints what was found. Answers 1 when there was something."""
    found = list(findings(root))
    for finding in found:
        print(finding)
    return 1 if found else 0


def _out_of_place(root: Path) -> Iterator[Finding]:
    for path in _checkout(root):
        lines = path.read_bytes().decode(errors="replace").splitlines()
        for number, text in enumerate(lines, start=1):
            for pattern, reason in EVERYWHERE:
                if pattern.search(text):
                    yield Finding(path.relative_to(root).as_posix(), number, text, reason)


def _checkout(root: Path) -> Iterator[Path]:
    """Every file but this one, and those that test it: they name what is forbidden."""
    itself = {Path(__file__).resolve(), root / "tests" / "commands" / "test_lint.py"}
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS)
        for path in (Path(folder, name) for name in sorted(names)):
            if path.resolve() not in itself and path.is_file() and path.name != ".git":
                yield path


def _files(root: Path, rule: Rule) -> Iterator[Path]:
    itself = Path(__file__).resolve()
    for folder in rule.folders:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            is_exempt = name in rule.allowed or path.resolve() == itself
            if path.suffix in rule.suffixes and path.is_file() and not is_exempt:
                yield path


if __name__ == "__main__":
    sys.exit(main())
