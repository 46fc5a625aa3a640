"""Measurements on a desk that really runs: `python -m tests.bench [--quick] [--db sqlite|postgres]`."""
