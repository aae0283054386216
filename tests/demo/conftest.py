"""The demo as a process of its own, as a reader starts it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_S = 60
ENDS_WITHIN_S = 20


class Demo:
    """A demo that runs, and where it is."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "bot", "demo", "--no-browser", *options]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, start_new_session=True)

    def url(self) -> str:
        """Wait until it says where it is."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("The demo is at http://127.0.0.1:"), line + self.stop()[2]
        return line.split()[4]

    def finish(self) -> tuple[int, str, str]:
        """Wait until it ends by itself and return its exit code and what it wrote."""
        out, err = self.process.communicate(timeout=STARTS_WITHIN_S)
        return self.process.returncode, out, err

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """End it and return its exit code and what it wrote."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            out, err = self.process.communicate(timeout=ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            err += f"\nit did not end within {ENDS_WITHIN_S} s"
        return self.process.returncode, out, err


@contextmanager
def _running(*options: str) -> Iterator[Demo]:
    demo = Demo(*options)
    try:
        yield demo
    except BaseException:
        demo.stop()
        raise
    code, _, err = demo.stop()
    assert (code, err) == (0, "")


@pytest.fixture(scope="session")
def running_demo() -> Callable[..., object]:
    return _running
