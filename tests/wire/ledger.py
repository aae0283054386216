"""What the loopback Discord stored and was asked, counted as it happens so that looking at it costs nothing."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.wire.shapes import APPLICATION, DISCORD_EPOCH_MS, Stored

INVALID = frozenset({401, 403, 429})
TOO_MANY = 429


@dataclass
class Ledger:
    """The books."""

    clock: Callable[[], float] = time.monotonic
    keeps_files: bool = True
    """Whether the files' content is kept, or only their names and sizes."""
    messages: list[Stored] = field(default_factory=list)
    by_id: dict[int, Stored] = field(default_factory=dict)
    by_channel: dict[int, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of each request."""
    request_log: list[tuple[float, str, str, int]] = field(default_factory=list)
    """Instant, method, route template and status of each answered request; the instant is the request's."""
    request_counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Requests by method and route template."""
    too_many_by_scope: Counter[str] = field(default_factory=Counter)
    """429s sent: ``user``, ``global``, ``shared``, and ``cloudflare``."""
    _invalid: Counter[int] = field(default_factory=Counter)
    _per_nonce: Counter[tuple[int, str]] = field(default_factory=Counter)
    _enforced: dict[tuple[int, int, str], Stored] = field(default_factory=dict)
    _last_id: int = 0

    def new_id(self) -> int:
        """Return a snowflake: milliseconds since Discord's epoch, shifted; strictly increasing."""
        self._last_id = max(self._last_id + 1, int(time.time() * 1000 - DISCORD_EPOCH_MS) << 22)
        return self._last_id

    def store(
        self, channel: int, payload: dict[str, Any], files: dict[str, bytes], author: int = APPLICATION
    ) -> Stored:
        """Keep a message of `channel`."""
        nonce = payload.get("nonce")
        stored = self.draft(channel, payload, files)
        stored.nonce, stored.author = None if nonce is None else str(nonce), author
        self.messages.append(stored)
        self.by_id[stored.id] = stored
        self.by_channel[channel].append(stored)
        if stored.nonce is not None:
            self._per_nonce[channel, stored.nonce] += 1
            self._enforced[channel, author, stored.nonce] = stored
        return stored

    def draft(self, channel: int, payload: dict[str, Any], files: dict[str, bytes]) -> Stored:
        """Return a message that stands in no channel's history: an interaction's answer."""
        sizes = {name: len(content) for name, content in files.items()}
        return Stored(self.new_id(), channel, payload, self._kept(files), instant=self.clock(), sizes=sizes)

    def amend(self, stored: Stored, payload: dict[str, Any], files: dict[str, bytes]) -> None:
        """Edit a message."""
        stored.payload = {**stored.payload, **payload}
        if files:
            stored.files, stored.sizes = self._kept(files), {name: len(content) for name, content in files.items()}
        stored.edits += 1

    def already(self, channel: int, author: int, nonce: str, window_s: float) -> Stored | None:
        """Return the message `author` stored in `channel` under `nonce` at most `window_s` ago."""
        stored = self._enforced.get((channel, author, nonce))
        return stored if stored is not None and self.clock() - stored.instant <= window_s else None

    def log(self, instant: float, method: str, template: str, status: int) -> None:
        """Count an answer."""
        self.request_log.append((instant, method, template, status))
        self.request_counts[method, template] += 1

    def log_invalid(self, status: int, scope: str, channel: int | None) -> None:
        """Count a 401, a 403 or a 429; one that is shared by all who use a resource is nobody's fault."""
        if status == TOO_MANY:
            self.too_many_by_scope[scope] += 1
        if channel is not None and scope != "shared":
            self._invalid[channel] += 1

    @property
    def sent_429s(self) -> int:
        return sum(self.too_many_by_scope.values())

    def stored_per_nonce(self) -> Counter[tuple[int, str]]:
        """Return how many messages were stored under each channel and nonce."""
        return self._per_nonce

    def duplicates(self) -> dict[tuple[int, str], int]:
        """Return the channels and nonces that were stored more than once, and how often."""
        return {key: count for key, count in self._per_nonce.items() if count > 1}

    def invalid_by_channel(self) -> Counter[int]:
        """Return how many invalid requests (401, 403, 429) each channel got."""
        return self._invalid

    def _kept(self, files: dict[str, bytes]) -> dict[str, bytes]:
        return files if self.keeps_files else dict.fromkeys(files, b"")
