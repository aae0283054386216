"""What each picture costs, and what it does to the event loop: the studio next to plain pyplot on the loop.

Every kind of picture, from the simulated market. Median of the milliseconds a picture takes, from asking to the PNG;
the lag is how much later than asked the loop wakes meanwhile. Beside each, the same series drawn as most tutorials
would: `pyplot.subplots`, `plot`, `savefig`, on the loop, at the same size.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from loop_probe import RULE_MS, probed

from bot.cards.card import Chart
from bot.cards.evidence_data import evidence_chart
from bot.cards.studio import Studio
from bot.market.calendar import exchange_calendar
from bot.market.sample import SampleSource
from bot.market.sample_market import END
from bot.questions.desk import Desk
from bot.questions.parse import parse
from bot.questions.ports import NoGuildThresholds
from signals.types import Market

ROUNDS = 9
QUESTIONS = {
    "cross": "cross RUT",
    "smallcap": "smallcap",
    "fan": "evidence RUT golden_cross",
    "breadth (panels)": "breadth",
    "catchup (panels)": "catchup",
    "macro (multiples)": "macro",
    "leadership (bars)": "leaders ytd",
    "rotation map": "rotation sectors",
}
SIZE = (8.0, 6.0)
DPI = 200


@dataclass(frozen=True, slots=True)
class Known:
    """One market, looked at once."""

    known: Market

    def market(self) -> Market:
        """Return it."""
        return self.known


@dataclass(frozen=True, slots=True)
class Cost:
    """What drawing one picture several times cost, in milliseconds."""

    median: float
    lag: float
    """The longest, without what the machine had no core for."""


def sample_market() -> Market:
    calendar = exchange_calendar(END)
    source = SampleSource(calendar)
    known = source.reference()
    as_of = datetime(END.year, END.month, END.day, 20, 20, tzinfo=UTC)
    return Market(
        source.market().prices,
        as_of,
        source.name,
        calendar,
        labels=source.labels,
        universes=known.universes,
        sectors=known.sectors,
        names=known.names,
        facts=known.facts,
    )


async def charts() -> dict[str, Chart]:
    """Return a chart of every kind that questions are answered with."""
    desk = Desk(Known(sample_market()), NoGuildThresholds(), office=None)  # type: ignore[arg-type] # nobody asks it
    answers = {name: await desk.answer(parse(question)) for name, question in QUESTIONS.items()}
    found = {name: answer.card.chart for name, answer in answers.items() if answer.card.chart is not None}
    found["evidence"] = evidence_chart(answers["fan"].reading, name="Russell 2000", event="Golden cross")
    await desk.close()
    return found


def series_of(data: Mapping[str, Any]) -> Iterator[np.ndarray]:
    """Yield every series of numbers in a chart's data, however deep."""
    values = data.values() if isinstance(data, Mapping) else data
    for value in values:
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim == 1 and len(value) > 1:
            yield value
        elif isinstance(value, np.ndarray) and value.dtype.kind == "f" and len(value):
            yield from value
        elif isinstance(value, Mapping | list | tuple):
            yield from series_of(value)  # type: ignore[arg-type] # a sequence is gone through like a mapping's values


def plain_pyplot(chart: Chart) -> bytes:
    """Draw the same series as most tutorials would."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    data = chart.data
    rows = len(data.get("panels") or data.get("multiples") or [0])
    figure, grid = plt.subplots(rows, 1, figsize=SIZE, dpi=DPI, squeeze=False)
    parts = data.get("panels") or data.get("multiples") or [data]
    for axes, part in zip(grid[:, 0], parts, strict=True):
        for series in series_of(part):
            axes.plot(series)
        if "bars" in data:
            axes.barh([bar[0] for bar in data["bars"]], [bar[1] for bar in data["bars"]])
        for place, row in enumerate(data.get("rows", [])):
            axes.errorbar(row["mean_pct"] - row["base_mean_pct"], place, xerr=1, fmt="D")
        axes.set_title(data["title"])
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    return buffer.getvalue()


async def cost_of(draw: Callable[[int], Awaitable[object]]) -> Cost:
    """Return what `draw(round)` costs; the first round warms up and is not counted."""
    await draw(0)
    took: list[float] = []

    async def rounds() -> None:
        for number in range(1, ROUNDS + 1):
            began = time.perf_counter()
            await draw(number)
            took.append(1000 * (time.perf_counter() - began))
            await asyncio.sleep(0)

    _, lags = await probed(rounds())
    return Cost(float(np.median(took)), float(np.maximum(0.0, lags[0] - lags[1]).max()))


async def measure(found: Mapping[str, Chart]) -> list[tuple[str, Cost, Cost]]:
    measured = []
    async with Studio(most_kept=1) as studio:
        await studio.warm()
        for name, chart in found.items():

            async def by_studio(number: int, chart: Chart = chart) -> None:
                # Another alt text is another picture: none of them is remembered from before.
                await studio.png(replace(chart, alt=f"{chart.alt} {number}"))

            async def by_pyplot(_number: int, chart: Chart = chart) -> None:
                plain_pyplot(chart)

            measured.append((name, await cost_of(by_studio), await cost_of(by_pyplot)))
    return measured


async def main() -> None:
    found = await charts()
    measured = await measure(found)
    print(f"median of {ROUNDS} pictures, ms; longest lag of the loop, ms\n")
    print(f"{'':20}{'studio':>9}{'lag':>8}{'pyplot':>10}{'lag':>8}{'time':>8}{'lag':>9}  within {RULE_MS:.0f} ms")
    for name, ours, theirs in measured:
        ratios = f"{ours.median / theirs.median:>7.2f}x{theirs.lag / max(ours.lag, 0.1):>8.0f}x"
        verdict = "yes" if ours.lag <= RULE_MS else "no"
        print(
            f"{name:20}{ours.median:>9.0f}{ours.lag:>8.1f}{theirs.median:>10.0f}{theirs.lag:>8.1f}{ratios}  {verdict}"
        )
    print("\ntime: studio / pyplot. lag: pyplot / studio; on the loop a picture holds everybody up until it is done.")


if __name__ == "__main__":
    asyncio.run(main())
