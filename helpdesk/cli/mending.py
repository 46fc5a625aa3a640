"""What `flask doctor` finds left behind by a fault, and `flask doctor --mend` mends. Mending twice is harmless."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import click

from helpdesk import queue
from helpdesk.db import reading, transaction
from helpdesk.domain import faults, outbox
from workers import intake, upkeep


@dataclass(frozen=True)
class Mend:
    """`find` answers what is wrong, as ids or names; `sentence` takes their number (`n`, `s`). `remains` is said of
    what is found again after `mend`: then people are asked."""

    part: str
    find: Callable[[], Sequence[object]]
    sentence: str
    mend: Callable[[Sequence[object]], None]
    remains: str = ""

    def told(self, number: int) -> str:
        return self.sentence.format(n=number, s="" if number == 1 else "s")


def found() -> Iterator[tuple[str, str, str]]:
    """(part, what is wrong or "", a word about it when it is well), as `flask doctor` lists its parts."""
    reading()
    for each in MENDS:
        number = len(each.find())
        problem = f"{each.told(number)}: flask doctor --mend" if number else ""
        yield each.part, problem, "nothing was left behind"


def mend_all() -> None:
    """Mends what can be mended, and says what it did."""
    for each in MENDS:
        reading()
        wrong = each.find()
        if not wrong:
            continue
        each.mend(wrong)
        reading()
        left = len(each.find())
        click.echo(f"mended {each.part}: {each.told(len(wrong))}" + (f"; {left} {each.remains}" if left else ""))


def _work_again(ids: Sequence[object]) -> None:
    """Through intake, here and now: no worker need be alive."""
    with transaction():
        faults.put_through([int(str(id)) for id in ids])
    while intake.drain():  # a turn may end before its rows
        pass


def _settle(_: Sequence[object]) -> None:
    upkeep.settle_outbox()
    queue.ring("delivery")


def _ring_anew(names: Sequence[object]) -> None:
    for name in names:
        queue.answered(str(name))
        queue.ring(str(name))


def _each(mend: Callable[[int], None]) -> Callable[[Sequence[object]], None]:
    def all_of_them(ids: Sequence[object]) -> None:
        for id in ids:
            with transaction():
                mend(int(str(id)))

    return all_of_them


AGAIN = "still cannot be used: look at Settings, Webhooks"
MENDS = (
    Mend("intake", faults.stuck_webhooks, "{n} webhook{s} that nobody works on", _work_again, "not yet"),
    Mend("webhooks", faults.unused_webhooks, "{n} webhook{s} not used, or not wholly", _work_again, AGAIN),
    Mend("sending", outbox.left_behind, "{n} message{s} whose sender died or that nobody settled", _settle, "not yet"),
    Mend("bells", queue.stuck_bells, "{n} bell{s} that nobody hears", _ring_anew),
    Mend("waits", faults.wrong_waits, "{n} ticket{s} with a wrong wait", _each(faults.mend_wait)),
    Mend(
        "rows", faults.wrong_newest, "{n} ticket{s} without the newest message in the queue", _each(faults.mend_newest)
    ),
)
