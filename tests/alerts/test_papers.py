"""From an order to what arrives: planned with the session, composed once for all channels, sent once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.alerts.papers import DRAFTS_KEPT, WHY, PaperComposer
from bot.alerts.ports import Composed
from bot.alerts.scanner import ThreadScanner
from bot.alerts.schedule import run_instant
from bot.alerts.watch import Timing, Watch
from bot.cards.card import Card, Chart
from bot.cards.printed import Printed
from bot.clock import SetClock
from bot.people import DuePaper, Edit, Noun
from bot.records import Attachment, MessageKind, Outbound, Planned
from bot.store.store import Store
from signals.cross import CROSS
from signals.types import Event
from tests.alerts.deliveries import AT, EXPIRES, deliverer, fill
from tests.alerts.worlds import FakeBook, FakeDiscord, calendar, golden_row, session_at

TIMING = Timing(calendar())
ROW = golden_row()
SESSION = date(2025, 8, 6)


@dataclass
class Newsstand:
    made: list[tuple[str, date | None]] = field(default_factory=list)
    broken: Exception | None = None

    async def briefing(self, name: str, session: date | None = None) -> Printed:
        await self._make(name, session)
        return Printed(Card(f"The {name} briefing", "what happened", footer="not advice"), f"{name}.pdf", b"%PDF")

    async def digest(self, session: date) -> Card:
        await self._make("digest", session)
        return Card("The day", "three lines", chart=Chart("smallcap", {}, "five lines"), footer="not advice")

    async def _make(self, name: str, session: date | None) -> None:
        self.made.append((name, session))
        await asyncio.sleep(0)
        if self.broken is not None:
            raise self.broken


class Below:
    def of_paper(self, name: str) -> list[dict[str, str]]:
        return [{"below": name}] if name == "digest" else []


@dataclass
class Others:
    picture: bytes | None = b"png"

    async def compose(self, message: Outbound) -> Composed:
        return Composed({"content": f"no paper: {message.kind}"})

    async def picture_of(self, card: Card) -> tuple[Attachment, ...]:
        return (Attachment("chart.png", self.picture, card.chart.alt),) if card.chart and self.picture else ()


def composer(newsstand: Newsstand, others: Others | None = None) -> PaperComposer:
    return PaperComposer(others or Others(), newsstand, Below())


def message(paper: str = "smallcap", channel_id: int = 11, session: date = SESSION) -> Outbound:
    expires = datetime(2030, 1, 1, tzinfo=UTC)
    made = Outbound(channel_id, channel_id, session, "n", "l", 1, expires, (), None)
    return replace(made, kind=MessageKind.PAPER, paper=paper)


async def test_a_paper_is_made_once_for_all_channels_that_get_it():
    newsstand = Newsstand()
    compose = composer(newsstand).compose
    found = await asyncio.gather(*(compose(message(channel_id=channel)) for channel in range(200)))
    found.append(await compose(message(channel_id=900)))
    assert newsstand.made == [("smallcap", SESSION)]
    assert len({id(each.attachments[0].content) for each in found}) == 1


async def test_a_briefing_comes_as_pdf_with_its_card_and_why():
    made = await composer(Newsstand()).compose(message("rotation"))
    [embed] = made.payload["embeds"]
    assert (embed["title"], embed["footer"]["text"]) == ("The rotation briefing", f"{WHY} · not advice")
    assert "image" not in embed
    assert "what happened" in made.payload["plain"]
    [pdf] = made.attachments
    assert (pdf.name, pdf.content) == ("rotation.pdf", b"%PDF")
    assert "PDF" in pdf.alt
    assert "components" not in made.payload


async def test_a_digest_comes_with_its_picture_and_buttons_and_without_where_none_can_be_drawn():
    made = await composer(Newsstand()).compose(message("digest"))
    assert made.payload["components"] == [{"below": "digest"}]
    assert made.payload["embeds"][0]["image"] == {"url": "attachment://chart.png"}
    assert made.attachments[0].alt.startswith("five lines")
    bare = await composer(Newsstand(), Others(picture=None)).compose(message("digest"))
    assert bare.attachments == ()
    assert "image" not in bare.payload["embeds"][0]


async def test_a_digest_without_its_picture_is_not_kept_for_the_channels_after_it():
    others = Others(picture=None)
    papers = composer(Newsstand(), others)
    assert (await papers.compose(message("digest"))).attachments == ()
    others.picture = b"png"
    assert (await papers.compose(message("digest", channel_id=12))).attachments != ()


async def test_a_paper_that_cannot_be_made_is_tried_again_when_it_is_asked_for_again():
    newsstand = Newsstand(broken=RuntimeError("no prices"))
    papers = composer(newsstand)
    with pytest.raises(RuntimeError, match="no prices"):
        await papers.compose(message())
    newsstand.broken = None
    assert (await papers.compose(message())).attachments
    assert len(newsstand.made) == 2


async def test_old_papers_are_forgotten_and_other_messages_are_not_its_business():
    newsstand = Newsstand()
    papers = composer(newsstand)
    for n in range(DRAFTS_KEPT + 1):
        await papers.compose(message(session=SESSION + timedelta(days=n)))
    await papers.compose(message())
    assert len(newsstand.made) == DRAFTS_KEPT + 2
    alert = replace(message(), kind=MessageKind.ALERT, paper="")
    assert (await papers.compose(alert)).payload == {"content": "no paper: alert"}


def due_at(row: int) -> datetime:
    return run_instant(TIMING.calendar, session_at(row), TIMING.delay)


async def order(store: Store, *keys: str, rhythm: str = "daily") -> None:
    edits = [Edit(Noun.ORDER, key, {"rhythm": rhythm}) for key in keys]
    await store.configuration.change(guild_id=1, by=7, at=due_at(ROW - 3), action="paper here", edits=edits)


async def play(store: Store, clock: SetClock, discord: FakeDiscord, newsstand: Newsstand, *rows: int) -> None:
    """Let sessions become due one after the other, and deliver what can be delivered."""
    watch = Watch(FakeBook(), store, ThreadScanner(), (CROSS,), TIMING, clock)
    delivers = deliverer(store, discord, clock)
    delivers.composer = composer(newsstand)
    for row in rows:
        clock.set(due_at(row))
        await watch.run_due()
        await delivers.drain()


def arrived(discord: FakeDiscord) -> list[tuple[int, str, date]]:
    papers = [each for each in discord.posted.values() if each.kind is MessageKind.PAPER]
    return [(each.channel_id, each.paper, each.session) for each in papers]


async def test_every_session_brings_the_ordered_papers_once_and_a_restart_repeats_nothing(store: Store):
    await order(store, "11 smallcap", "12 smallcap", "12 digest")
    clock, discord, newsstand = SetClock(due_at(ROW - 3)), FakeDiscord(), Newsstand()
    await play(store, clock, discord, newsstand, ROW - 3, ROW - 2)
    session = session_at(ROW - 2)
    assert sorted(arrived(discord)) == [(11, "smallcap", session), (12, "digest", session), (12, "smallcap", session)]
    assert sorted(newsstand.made) == [("digest", session), ("smallcap", session)]
    await play(store, clock, discord, newsstand, ROW - 2)
    assert len(arrived(discord)) == 3


async def test_after_a_time_without_the_bot_the_newest_session_alone_is_told(store: Store):
    await order(store, "11 smallcap")
    clock, discord = SetClock(due_at(ROW - 9)), FakeDiscord()
    await play(store, clock, discord, Newsstand(), ROW - 9, ROW - 1)
    assert arrived(discord) == [(11, "smallcap", session_at(ROW - 1))]


async def test_a_week_brings_one_weekly_paper(store: Store):
    await order(store, "11 smallcap", rhythm="weekly")
    clock, discord = SetClock(due_at(ROW - 12)), FakeDiscord()
    await play(store, clock, discord, Newsstand(), *range(ROW - 12, ROW - 2))
    assert [session.isoweekday() for _, _, session in arrived(discord)] == [5, 5]


async def test_an_answer_that_was_lost_posts_no_second_paper(store: Store):
    await order(store, "11 smallcap")
    clock, discord = SetClock(due_at(ROW - 3)), FakeDiscord()
    discord.lose_answers = [OSError("the line is cut")]
    await play(store, clock, discord, Newsstand(), ROW - 3, ROW - 2)
    delivers = deliverer(store, discord, clock)
    clock.set(due_at(ROW - 2) + timedelta(minutes=1))
    await delivers.drain()
    assert len(arrived(discord)) == 1
    assert (await store.outbox.messages())["paper"] == {"sent": 1}


async def test_an_alert_that_is_refused_tells_of_the_papers_of_its_channel_too(store: Store):
    await order(store, "11 smallcap")
    await fill(store, [11], session_at(ROW - 2))
    await store.routes.add(guild_id=1, channel_id=11, signal="cross", subjects=(), by=7, at=due_at(ROW - 3))
    discord = FakeDiscord()
    discord.revoked.add(11)
    await deliverer(store, discord).drain()
    [notice] = await store.notices.waiting()
    assert notice.text.startswith("**Alerts and papers to <#11> are switched off:**")


async def test_news_do_not_wait_for_a_paper_that_is_being_printed(store: Store):
    await order(store, "11 smallcap", "12 smallcap")
    event = Event("cross", "golden_cross", "^RUT", SESSION, 1, {"fast": 50}, {"close": 1.0})
    run = await store.runs.start("session", SESSION, AT)
    assert run is not None
    plans = [Planned(event.identity, 1, 1, channel, "it asked", 5, EXPIRES) for channel in (21, 22)]
    papers = [DuePaper(each, AT, EXPIRES) for each in await store.orders.all()]
    await store.ledger.record(run, [event], plans, at=AT, papers=papers)
    discord = FakeDiscord()

    class Press(Newsstand):
        async def briefing(self, name: str, session: date | None = None) -> Printed:
            async with asyncio.timeout(5):
                while len(discord.posted) < len(plans):  # noqa: ASYNC110 - Discord rings no bell
                    await asyncio.sleep(0.001)
            return await super().briefing(name, session)

    delivers = deliverer(store, discord)
    delivers.composer = composer(Press())
    await delivers.drain()
    assert [channel for channel, _, _ in arrived(discord)] == [11, 12]


async def test_a_channel_that_refuses_its_paper_is_told_of_with_the_command_that_mends_it(store: Store):
    await order(store, "11 smallcap")
    clock, discord = SetClock(due_at(ROW - 3)), FakeDiscord()
    discord.revoked.add(11)
    await play(store, clock, discord, Newsstand(), ROW - 3, ROW - 2)
    [notice] = await store.notices.waiting()
    assert notice.text.startswith("**Papers to <#11> are switched off:**")
    assert "`paper here` in it again (`/paper list`" in notice.text
