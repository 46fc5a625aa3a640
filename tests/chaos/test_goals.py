"""The two promises in small, under kills: nothing lost, nothing twice. The whole of them `chaos` plays."""

from __future__ import annotations

import pytest

from tests.chaos.goals import inbound, outbound
from tests.support.databases import SQLITE

SEED = 1
KILLS = 10


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("run", "scale"), [(inbound.run, 0.05), (outbound.run, 0.1)], ids=["G1", "G2"])
def test_nothing_is_lost_and_nothing_comes_twice(run, scale):
    report = run(SQLITE, SEED, scale)

    assert report.violations == [], report
    assert report.kills >= KILLS, report
