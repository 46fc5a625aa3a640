"""What the tests of the API share: a program, and what it talks about."""

from __future__ import annotations

import pytest

from tests.api.program import Program, a_program


@pytest.fixture
def crm(desk) -> Program:
    """A program that may write and sees all tickets."""
    return a_program("CRM")
