"""The ledger: stored once, claimed fairly under a lease, tried again alone, quarantined at last."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import ledger
from helpdesk.domain.ledger import BATCH, MAX_ATTEMPTS, Raw
from helpdesk.errors import NotFound
from helpdesk.models import Ledger, LedgerState
from tests.domain.side_by_side import in_threads

pytestmark = pytest.mark.usefixtures("desk")


def store(*lanes: str) -> None:
    """One webhook for each of these lanes, in this order."""
    before = db.session.scalar(sa.select(sa.func.count(Ledger.id))) or 0
    rows = [Raw("instagram", "", lane, f"{before + place} {lane}".encode()) for place, lane in enumerate(lanes)]
    with transaction():
        ledger.store_many(rows)


def claim() -> list[tuple[int, str]]:
    """Id and lane of what the next claim gives."""
    with transaction():
        return [(row.id, row.lane) for row in ledger.claim() if row.state is LedgerState.NEW]


def lanes(claimed: Sequence[tuple[int, str]]) -> list[str]:
    return [lane for _, lane in claimed]


def the_row() -> Ledger:
    return db.session.execute(sa.select(Ledger)).scalar_one()


def fail_all(ids: Sequence[int]) -> None:
    with transaction():
        for id in ids:
            ledger.failed(db.session.get_one(Ledger, id), error="the database was away")


def test_the_same_bytes_are_stored_once_also_within_one_commit():
    same = Raw("instagram", "", "a", b"{}")

    for _ in range(2):
        with transaction():
            ledger.store_many([same, same])

    assert the_row().raw == b"{}"


def test_a_claim_is_nobody_else_s_until_its_lease_is_over(later):
    store("a")

    assert lanes(claim()) == ["a"]
    assert claim() == []
    later(seconds=61)
    assert lanes(claim()) == ["a"]


def test_lanes_take_turns():
    store(*["busy"] * (2 * BATCH), "quiet", "shy")

    claimed = lanes(claim())

    assert len(claimed) == BATCH
    assert {"quiet", "shy"} < set(claimed)


def test_a_flood_of_thousands_does_not_hold_up_the_others():
    store(*["flood"] * 2500, "quiet")

    assert "quiet" in lanes(claim())


def test_a_row_that_was_tried_before_comes_alone(later):
    store("a", "b")
    fail_all([id for id, _ in claim()])
    later(seconds=61)

    assert lanes(claim()) == ["a"]
    assert lanes(claim()) == ["b"]


def test_a_row_that_was_tried_before_does_not_wait_for_a_quiet_hour(later):
    store("a")
    fail_all([id for id, _ in claim()])
    later(seconds=61)
    store(*["others"] * 3)

    assert lanes(claim()) == ["a"]
    assert lanes(claim()) == ["others"] * 3


def test_a_row_that_kills_its_worker_is_quarantined_and_says_so(later):
    store("deadly")
    for _ in range(MAX_ATTEMPTS):
        assert lanes(claim()) == ["deadly"]
        later(seconds=61)

    assert claim() == []

    assert (the_row().state, the_row().error) == (LedgerState.QUARANTINED, ledger.GAVE_UP)


def test_a_row_whose_worker_was_killed_once_takes_no_other_along(later):
    store(*[f"lane {number}" for number in range(5)])
    claim()
    later(seconds=61)

    assert [len(claim()) for _ in range(6)] == [1, 1, 1, 1, 1, 0]


def test_a_row_that_came_back_counts_as_not_tried(later):
    store("early")
    with transaction():
        [row] = ledger.claim()
        ledger.come_back(row, after=ledger.LEASE)
    assert claim() == []
    later(seconds=61)
    store("a")

    assert lanes(claim()) == ["early", "a"]
    assert the_attempts("early") == 1


def test_a_rerun_takes_the_row_from_whoever_has_it():
    store("a")
    with transaction():
        [row] = ledger.claim()
        id, token = row.id, row.token

    with transaction():
        ledger.rerun(id)

    assert not ledger.is_mine(db.session.get_one(Ledger, id), token)
    assert lanes(claim()) == ["a"]
    with pytest.raises(NotFound), transaction():
        ledger.rerun(id + 1)


def test_workers_share_a_queue_and_no_row_goes_to_two(app):
    store(*[f"lane {number % 7}" for number in range(60)])

    def take_all() -> list[int]:
        taken: list[int] = []
        while claimed := claim():
            taken += [id for id, _ in claimed]
        return taken

    taken = [id for ids in in_threads(app, *[take_all] * 4) for id in ids]

    assert len(taken) == len(set(taken)) == 60


def the_attempts(lane: str) -> int:
    db.session.rollback()
    return db.session.execute(sa.select(Ledger.attempts).where(Ledger.lane == lane)).scalar_one()
