"""``python -m benchmarks.faults``: break everything that can break on the way of an alert, and count."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.table import Table

from benchmarks.faults import deliveries, fanout, timekeeping
from benchmarks.faults.line import Line
from benchmarks.faults.sender import quietly

SCENES: dict[str, Callable[..., Awaitable[list[Line]]]] = {
    "throughput": deliveries.throughput,
    "answers": deliveries.lost_answers,
    "revoked": deliveries.revoked,
    "doors": deliveries.doors,
    "owners": deliveries.owners,
    "instants": timekeeping.instants,
    "crashes": timekeeping.crash_loop,
    "gateway": timekeeping.gateway,
    "schedulers": timekeeping.schedulers,
    "fanout": fanout.fanout,
    "kills": deliveries.kills,
}


async def play(names: list[str], seed: int, console: Console) -> list[Line]:
    """Play the scenes one after the other; a scene that breaks is a line that is not met."""
    lines: list[Line] = []
    for name in names:
        with console.status(f"{name} ..."):
            began = time.monotonic()
            try:
                found = await SCENES[name](seed=seed)
            except Exception as error:  # noqa: BLE001 - the table shows it, and the others still run
                console.print_exception()
                found = [Line(name, "played to its end", f"{type(error).__name__}: {error}", is_met=False)]
        lines += found
        for line in found:
            sign = "[green]met[/]" if line.is_met else "[red]NOT MET[/]"
            console.print(f"{sign}  {line.figure}: {line.found} (must be {line.must_be})", highlight=False)
        console.print(f"[dim]{name}: {time.monotonic() - began:.0f} s[/]", highlight=False)
    return lines


def main() -> int:
    """Play what was asked for, print the table, and say by the exit code whether every line is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SMALLCAP_SEED", "20250806")))
    parser.add_argument("--only", action="append", choices=list(SCENES), help="this scene; may be given again")
    given = parser.parse_args()
    quietly()
    console = Console(width=max(120, Console().width))
    console.print(f"seed {given.seed}: SMALLCAP_SEED={given.seed} plays the same again", highlight=False)
    lines = asyncio.run(play(given.only or list(SCENES), given.seed, console))
    table = Table(title="What delivery promises, under faults", show_lines=False)
    for column in ("figure", "must be", "found", ""):
        table.add_column(column)
    for line in lines:
        table.add_row(line.figure, line.must_be, line.found, "met" if line.is_met else "NOT MET")
    console.print(table)
    return 0 if all(line.is_met for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
