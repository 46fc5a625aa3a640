"""The harness finds the defects that it is there for; the other nine, and the other databases, `sabotage` plays."""

from __future__ import annotations

import pytest

from helpdesk.commands import system
from tests.chaos.sabotage.defects import DEFECTS, Defect
from tests.chaos.sabotage.runner import DoesNotApply, apply, judge
from tests.support.databases import POSTGRES, SQLITE
from tests.support.postgres import MISSING
from tests.support.process import ROOT

PLAYED = (("S1", "S3"), ("S4",), ("S5",), ("S8",))  # together: those that share the play of the whole tree


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("names", PLAYED, ids=" ".join)
def test_a_defect_is_found_and_the_tree_without_it_is_not_blamed(names):
    defects = [DEFECTS[name] for name in names]
    if POSTGRES in (defect.databases[0] for defect in defects) and system.postgres_programs() is None:
        pytest.skip(MISSING)

    verdicts = [judge(defect, defect.databases[0]) for defect in defects]

    assert all(verdict.is_caught for verdict in verdicts), "\n".join(map(str, verdicts))


@pytest.mark.parametrize("name", DEFECTS)
def test_the_code_has_not_moved_away_from_under_a_patch(name):
    apply(DEFECTS[name], ROOT, is_trial=True)


def test_a_patch_that_does_not_apply_is_not_taken_for_a_defect_that_was_found(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.chaos.sabotage.runner.PATCHES", tmp_path)
    (tmp_path / "S01.patch").write_text("--- a/helpdesk/gone.py\n+++ b/helpdesk/gone.py\n@@ -1 +1 @@\n-one\n+other\n")

    with pytest.raises(DoesNotApply, match="no longer applies"):
        apply(DEFECTS["S1"], ROOT, is_trial=True)


def test_a_run_that_dies_of_something_else_has_found_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.chaos.sabotage.runner.PATCHES", tmp_path)
    package = "--- /dev/null\n+++ b/config/__init__.py\n@@ -0,0 +1 @@\n+raise RuntimeError('nothing starts')\n"
    (tmp_path / "S00.patch").write_text(package)

    verdict = judge(Defect("S0", "Nothing starts.", "S00.patch", "due", ("I8",)), SQLITE)

    assert not verdict.is_caught
    assert "RuntimeError: nothing starts" in verdict.why
