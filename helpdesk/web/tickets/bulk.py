"""One act on the tickets that are selected in the queue, how it went with each, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, bulk, conditions
from helpdesk.domain.bulk import Act, Result, Undo
from helpdesk.errors import Invalid
from helpdesk.web.answers import Form, wants
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp
from helpdesk.web.tickets.answers import is_script

SNOOZES = ((1, "1 hour"), (4, "4 hours"), (24, "a day"), (72, "3 days"), (168, "a week"))
T = TypeVar("T")


@bp.get("/queue/bulk")
def bulk_choices() -> str:
    """What can be done with the selected tickets: the choice alone for a script, a page without one."""
    agent = current_agent()
    name = "tickets/_bulk_choice.html" if is_script() else "tickets/bulk.html"
    return render_template(
        name,
        numbers=_numbers(request.args.getlist("number")),
        people=conditions.FIELDS["assignee"].options(agent),
        teams=access.every_team(agent),
        tags=conditions.FIELDS["tag"].options(agent),
        priorities=conditions.FIELDS["priority"].options(agent),
        snoozes=SNOOZES,
    )


@bp.post("/queue/bulk")
def bulk_act() -> ResponseReturnValue:
    """`act`: "close", "assign:3" …, `number` repeated. Answers how it went with each."""
    agent = current_agent()
    what, _, value = request.form.get("act", "").partition(":")
    act, numbers = Act(what, value), list(dict.fromkeys(_numbers(request.form.getlist("number"))))
    bulk.checked(act, numbers)
    results = _in_turn(numbers, lambda some: bulk.apply(act, some, by=agent))
    return _answer(results, bulk.steps_back(results), "changed")


@bp.post("/queue/bulk/undo")
def bulk_undo() -> ResponseReturnValue:
    """`undo` repeated, as the answer before has drawn them."""
    agent = current_agent()
    steps = [bulk.from_text(given) for given in request.form.getlist("undo")]
    if not 0 < len(steps) <= bulk.MOST:
        raise Invalid("This cannot be undone any more.")
    results = _in_turn(steps, lambda some: bulk.undo(some, by=agent))
    return _answer(results, [], "as before")


def _in_turn(many: Sequence[T], do: Callable[[Sequence[T]], list[Result]]) -> list[Result]:
    """A few in each transaction."""
    results: list[Result] = []
    for first in range(0, len(many), bulk.TOGETHER):
        with transaction():
            results += do(many[first : first + bulk.TOGETHER])
    return results


def _answer(results: Sequence[Result], undo: Sequence[Undo], word: str) -> ResponseReturnValue:
    failed = [result for result in results if result.problem]
    values = {
        "done": len(results) - len(failed),
        "failed": failed,
        "word": word,
        "undo": [bulk.as_text(step) for step in undo],
    }
    if wants() is Form.JSON:
        html = render_template("tickets/_bulk_result.html", **values).strip()
        return jsonify({"html": html, "numbers": [result.number for result in results if not result.problem]})
    return render_template("tickets/bulk_result.html", **values)


def _numbers(given: Sequence[str]) -> list[int]:
    """Raises Invalid."""
    if any(not (one.isascii() and one.isdigit() and len(one) <= 18) for one in given):
        raise Invalid("The form is not complete. Reload the page and try again.")
    return [int(one) for one in given]
