"""The list of signals."""

from __future__ import annotations

import pytest

from signals.catalog import SIGNALS, by_name, kind_by_name
from signals.errors import UnknownSignal


def test_every_signal_is_found_by_its_name():
    assert [by_name(signal.name) for signal in SIGNALS] == list(SIGNALS)
    assert len({signal.name for signal in SIGNALS}) == len(SIGNALS)


def test_a_slip_of_the_finger_is_understood():
    with pytest.raises(UnknownSignal, match="signal is Crss: did you mean cross"):
        by_name("Crss")


def test_what_is_like_nothing_gets_the_list():
    with pytest.raises(UnknownSignal, match=r"there are: .*cross"):
        by_name("xyzzy")


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_every_signal_accepts_its_own_defaults(signal):
    thresholds = signal.thresholds_with()
    assert set(thresholds) == {threshold.name for threshold in signal.thresholds}
    assert set(signal.windows_of(thresholds)) <= set(thresholds)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_every_kind_of_event_is_found_with_its_signal(signal):
    assert [kind_by_name(kind.name) for kind in signal.kinds] == [(signal, kind) for kind in signal.kinds]
    assert signal.command == (signal.word or signal.name)


def test_a_kind_that_nobody_raises_gets_the_list():
    with pytest.raises(UnknownSignal, match="event is boom: choose one of golden_cross, death_cross"):
        kind_by_name("boom")
