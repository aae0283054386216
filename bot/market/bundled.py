"""The data that comes with the program: ``config/``, packed into the wheel as ``bot/config/``."""

from __future__ import annotations

from pathlib import Path


def bundled(name: str) -> Path:
    """Return the file `name` of ``config/``, from the wheel or the source tree."""
    package = Path(__file__).resolve().parent.parent
    packed = package / "config"
    return (packed if packed.is_dir() else package.parent / "config") / name
