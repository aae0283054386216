"""Columns filled at once for many symbols say what each reading would have computed for itself."""

from __future__ import annotations

import pytest

from signals.activity import ACTIVITY
from signals.cross import CROSS
from tests.signals.whole_world import MEMBERS, a_world


@pytest.mark.parametrize("signal", [CROSS, ACTIVITY], ids=lambda signal: signal.name)
def test_a_filled_history_reads_as_one_that_computes_what_it_is_asked_for(signal):
    world, thresholds = a_world(320), signal.thresholds_with()
    filled, lazy = signal.history(world, thresholds), signal.history(world, thresholds)
    filled.columns.fill(310)
    for row in (300, 309, 310, 319):  # rows before the first filled one are counted when asked for
        for symbol in (*MEMBERS[:6], "^RUT"):
            assert signal.reading(filled, symbol, thresholds, row) == signal.reading(lazy, symbol, thresholds, row)
