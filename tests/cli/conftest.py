from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bot.__main__ import main
from bot.market import stock
from bot.market.calendar import exchange_calendar

LAST = date(2025, 9, 30)


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    def is_one_line(self) -> bool:
        return self.err.count("\n") == 1 and self.err.startswith("smallcap: ") and "Traceback" not in self.err


@pytest.fixture(scope="session")
def kept_state(tmp_path_factory) -> Path:
    """A state folder that all tests share, so that the simulated and the real market are read in once."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch, tmp_path, kept_state):
    for name in [*os.environ]:
        if name.startswith("SMALLCAP_") or name.split("_FILE")[0] in ("DISCORD_TOKEN", "DATABASE_URL"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SMALLCAP_STATE", str(kept_state))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def bars_are_read_here(monkeypatch):
    """Read bars in this process: starting another one for every folder takes longer than all the rest."""

    def here(source, directory, *, key, end):
        return stock.fill(source, directory, key, end)

    monkeypatch.setattr(stock, "_in_process", here)


@pytest.fixture
def cli(monkeypatch, capsys) -> Callable[..., Result]:
    """Run the command line in this process."""

    def run(*args: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["smallcap", *args])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Result(int(ended.value.code or 0), printed.out, printed.err)

    return run


def sessions(count: int) -> list[str]:
    known = exchange_calendar(date(2026, 1, 1)).sessions
    end = int(np.searchsorted(known, np.datetime64(LAST)))
    return [str(day) for day in known[end - count + 1 : end + 1]]


def rows(count: int = 300, *, seed: int = 1) -> list[str]:
    """Return lines of a CSV in Yahoo's layout, one per session up to `LAST`."""
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, count)))
    return [
        f"{day},{c:.4f},{c:.4f},{c:.4f},{c:.4f},{c:.4f},1000" for day, c in zip(sessions(count), closes, strict=True)
    ]


HEADER = "Date,Open,High,Low,Close,Adj Close,Volume"


@pytest.fixture
def folder(tmp_path) -> Callable[[Mapping[str, list[str]]], str]:
    """Write a folder of prices: symbol to the lines of its file."""

    def write(files: Mapping[str, list[str]], *, header: str = HEADER) -> str:
        prices = tmp_path / "data" / "prices"
        prices.mkdir(parents=True, exist_ok=True)
        for symbol, lines in files.items():
            (prices / f"{symbol}.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return str(prices.parent)

    return write


def asked(cli, *args):
    result = cli("ask", *args, "--json")
    assert (result.code, result.err) == (0, "")
    return json.loads(result.out)
