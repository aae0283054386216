"""How many inputs are tried, and the account of them at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.chat.conftest import Behind, chat_options, place
from tests.fuzz.furnished import KnowingDesk
from tests.fuzz.stage import Stage

__all__ = ["chat_options", "place"]

INPUTS = int(os.environ.get("FUZZ_INPUTS", "800"))
"""In all; `make fuzz` asks for a hundred thousand."""
IS_FULL = "FUZZ_INPUTS" in os.environ
_TRIED = "tried"


def fuzzed(times: int) -> settings:
    """So many inputs; the same ones every time in a slice, others at full length, where a failing one is made small."""
    return settings(
        max_examples=times,
        phases=(Phase.generate, Phase.shrink) if IS_FULL else (Phase.generate,),
        deadline=None,
        derandomize=not IS_FULL,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture
def behind() -> Behind:
    """Fakes whose desk knows symbols as the real one does; `place` starts a bot before them."""
    return Behind(desk=KnowingDesk())


@pytest.fixture(scope="session")
def opened() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture
def stage(opened: Stage) -> Stage:
    """The stage, furnished anew; whoever plays several pieces on it clears it before each."""
    opened.clear()
    return opened


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Iterator[Callable[[], None]]:
    """What to call for every input that is tried; how often it was is told at the end of the run."""
    count = 0

    def once() -> None:
        nonlocal count
        count += 1

    yield once
    record_property(_TRIED, count)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how many inputs were tried on what, also by the processes of pytest-xdist."""
    counts = {
        report.nodeid.partition("::")[2]: int(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown" or getattr(report, "user_properties", ())
        for name, value in report.user_properties
        if name == _TRIED
    }
    if not IS_FULL or not counts:
        return
    terminalreporter.section("hostile inputs")
    for node, count in sorted(counts.items()):
        terminalreporter.write_line(f"{count:>8,}  {node}")
    terminalreporter.write_line(f"{sum(counts.values()):>8,}  hostile inputs in all")
