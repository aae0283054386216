"""The fake of the notes' port: small facts by name."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Memory:
    """Remembers text by name, unless it is away."""

    kept: dict[str, str] = field(default_factory=dict)
    is_away: bool = False

    async def get(self, key: str) -> str | None:
        return self.kept.get(key)

    async def set(self, key: str, value: str) -> None:
        if self.is_away:
            raise OSError("the disk is full")
        self.kept[key] = value
