"""The demo's stage: what the page shows of the simulated Discord, and the replay that plays on it."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import date, datetime
from typing import Any

from bot.alerts.player import Player
from bot.alerts.watch import SessionReport
from bot.app import Bot
from bot.cards.words import session_words
from bot.demo.scene import ALERTS, ASK, MEMBER, MODERATOR, SECOND, Scene, owner_of
from bot.demo.tries import DIRECT_TRIES, TRIES

FOLLOWED = ("^RUT", "^GSPC", "^IXIC", "^DJI", "RSP", "KRE", "QQQJ")
"""What #alerts follows: every stock of the market would drown the story, and IWM would tell that of ^RUT twice."""
UNDERNEATH = "rotation themes breadth macro importance:4"
"""What #alerts hears of the market as a whole: a handful of events in two months; the lesser ones would come weekly."""
ZONE = "America/New_York"


class Stage:
    """Shows one channel at a time in SimCord's preview and lets the sessions pass.

    Attributes
    ----------
    quiet : asyncio.Lock
        SimCord does one thing at a time; whoever asks something of it holds this.
    """

    def __init__(self, scene: Scene, bot: Bot, player: Player, *, label: str) -> None:
        self.quiet = asyncio.Lock()
        self._scene = scene
        self._bot = bot
        self._player = player
        self._label = label
        self._shown = ALERTS
        self._viewer = MEMBER
        self._seen = dict.fromkeys(scene.channels, 0)
        self._preview: Any = None
        self._origin = self._capability = ""
        self._generation = 0
        self._looked_at = asyncio.Event()
        self._playing: asyncio.Task[None] | None = None

    @property
    def preview_origin(self) -> str:
        """Where SimCord's preview listens; empty while there is none."""
        return self._origin

    @property
    def capability(self) -> str:
        """The secret in the preview's address."""
        return self._capability

    async def open(self) -> None:
        """Let the moderator route alerts and the member ask; then wait for somebody to look."""
        symbols = self._bot.ground.book.market().prices.symbols
        followed = [symbol.removeprefix("^") for symbol in FOLLOWED if symbol in symbols]
        await self._scene.say(MODERATOR, ALERTS, f"!alerts here cross {' '.join(followed)}".strip())
        await self._scene.say(MODERATOR, ALERTS, f"!route add {UNDERNEATH}")
        if "^RUT" in symbols:
            await self._scene.say(MEMBER, ALERTS, "!cross RUT")
        await self._show(ALERTS)
        self._playing = asyncio.create_task(self._play(followed[0] if followed else symbols[0]))

    async def close(self) -> None:
        """Stop playing and close the preview."""
        if self._playing is not None:
            self._playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._playing
        await self._hide()

    def state(self) -> dict[str, Any]:
        """Return what the bar shows; the replay begins when it is asked for the first time."""
        self._looked_at.set()
        player = self._player
        return {
            "generation": self._generation,
            "channel": self._shown,
            "channels": [
                {"name": name, "owner": owner_of(name), "unread": self._unread(name)}
                for name in self._scene.channels
                if name == self._shown or not owner_of(name) or self._scene.count(name)
            ],
            "tries": {owner: DIRECT_TRIES} if (owner := owner_of(self._shown)) else TRIES,
            "names": self._scene.names,
            "total": len(player.sessions),
            "done": player.done,
            "session": session_words(player.last) if player.last else "about to begin",
            "is_paused": player.is_paused,
            "is_over": player.is_over,
            "label": self._label,
        }

    async def do(self, action: str, value: str) -> None:
        """Carry out a press on the bar."""
        match action:
            case "pause":
                self._player.pause()
            case "play":
                self._player.go_on()
            case "step":
                await self._player.step()
            case "channel" if value in self._scene.channels:
                async with self.quiet:
                    if value != self._shown:
                        await self._show(value)
            case _:
                raise ValueError(f"the demo has no {action} {value}".strip())

    def viewed_as(self, user_id: str) -> None:
        """Remember whom the reader chose to be, for the next channel."""
        for name, person in self._scene.people.items():
            if str(person.id) == user_id:
                self._viewer = name

    async def dawn(self, instant: datetime) -> None:
        """Move Discord's clock to the session that is about to be played."""
        async with self.quiet:
            await self._scene.pass_time(instant)

    async def arrived(self, _session: date, reports: list[SessionReport]) -> None:
        """Deliver what the session brought and show it."""
        await self._bot.deliverer.drain()
        if any(report.deliveries for report in reports):
            async with self.quiet:
                await self._preview.refresh()

    async def _play(self, subject: str) -> None:
        """Let the others do something once somebody looks; then the sessions begin."""
        await self._looked_at.wait()
        for who, words in ((MEMBER, f"!subscribe {subject} dm"), (SECOND, f"!rate {subject} 5"), (MEMBER, "!smallcap")):
            async with self.quiet:
                await self._scene.say(who, ASK, words)
        async with self.quiet:
            await self._preview.refresh()
        await self._player.play()

    def _unread(self, name: str) -> int:
        count = self._scene.count(name)
        if name == self._shown:
            self._seen[name] = count
        return count - self._seen[name]

    async def _show(self, name: str) -> None:
        self._unread(self._shown)
        await self._hide()
        scene = self._scene
        viewers = scene.viewers(name, self._viewer)
        preview = scene.env.preview(
            scene.channels[name], viewers=viewers, layout="channel", timezone=ZONE, assets=dict(scene.assets)
        )
        self._preview = await preview.__aenter__()
        self._origin, _, self._capability = str(preview.url).partition("/#")
        self._shown = name
        self._generation += 1

    async def _hide(self) -> None:
        self._origin = ""
        if self._preview is not None:
            await self._preview.close()
