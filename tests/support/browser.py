"""Real Chromium: how it is started, how one signs in, what it complained about, what people with impairments would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from helpdesk.commands import system
from helpdesk.models import Agent
from tests.support.secrets import PASSWORD

AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js"
MISSING = "Chromium is not installed (apt install chromium): browser tests are skipped"
PATIENCE = 30_000  # ms that an expectation may take to come true: two cores are busy with more than one test
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
# What the browser itself says of an answer that is not 2xx: the page's own handling of it is what tests look at.
_ANSWERS = re.compile(r"Failed to load resource: the server responded with a status of (4\d\d|503)")


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser; each page of a test gets a profile of its own. Skips where there is none."""
    program = system.chromium()
    if program is None:
        pytest.skip(MISSING)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Complaints:
    """What went wrong in the pages of a test, and which hosts they asked besides the desk's own."""

    origins: tuple[str, ...]
    problems: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._said)
        context.on("weberror", lambda error: self.problems.append(f"uncaught: {error.error}"))
        context.on("request", self._asked)

    def forget(self) -> None:
        self.problems.clear()
        self.strangers.clear()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not _ANSWERS.search(message.text):
            self.problems.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((*self.origins, "data:", "blob:")):
            self.strangers.append(request.url)


def sign_in(page: Page, who: Agent, password: str = PASSWORD) -> None:
    """Through the form, as a person does; returns when the desk is there."""
    page.goto("/sign-in")
    page.locator("input[name=email]").fill(who.email)
    page.locator("input[name=password]").fill(password)
    page.locator("form[action*='sign-in'] button, form button[type=submit], form button").first.click()
    page.wait_for_selector(".rail")


def axe(page: Page) -> list[str]:
    """What axe-core finds on the page as it is, one line each: rule, how bad, where."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']} ({violation['impact']}): {' '.join(map(str, node['target']))}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
