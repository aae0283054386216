"""The briefings: two to four printed pages made of the readings of one session."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SMALLCAP = "smallcap"
ROTATION = "rotation"

NAMES: Mapping[str, str] = MappingProxyType(
    {
        SMALLCAP: "Small Cap Golden Cross Briefing",
        ROTATION: "Small-Cap Rotation Monitor",
    }
)
"""What people type for each briefing, and its title."""
