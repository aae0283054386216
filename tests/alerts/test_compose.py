from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.alerts.compose import AlertComposer
from bot.cards.studio import PictureUnavailable
from bot.records import MessageKind, Outbound, StoredEvent
from signals.cross import CROSS
from tests.alerts.worlds import WorldView, golden_row, market, session_at

GOLDEN = session_at(golden_row())


class Library:
    def __init__(self):
        self.asked = []

    async def at(self, session):
        self.asked.append(session)
        return WorldView(session)


class Pictures:
    def __init__(self, error=None):
        self.error, self.charts = error, []

    async def png(self, chart):
        if self.error:
            raise self.error
        self.charts.append(chart)
        return b"png"


class Below:
    def of_subject(self, event):
        return [{"symbol": event.subject, "event": event.kind}]

    def of_list(self, message_id):
        return [{"list": message_id}]


def composer(library=None, pictures=None):
    return AlertComposer(
        library or Library(),
        pictures or Pictures(),
        name_of=lambda symbol, _market, _signal: f"{symbol} Inc.",
        buttons=Below(),
    )


def events_of(**changed):
    thresholds = CROSS.thresholds_with(changed)
    return CROSS.events(CROSS.history(market(), thresholds), thresholds)


def event(kind, subject="VEE", **changed):
    return next(e for e in events_of(**changed) if e.kind == kind and e.subject == subject)


def message(*events, whys=("#alerts follows every symbol",)):
    stored = tuple(StoredEvent(n, found, datetime(2025, 6, 1, tzinfo=UTC)) for n, found in enumerate(events))
    return Outbound(
        id=1,
        channel_id=2,
        session=events[0].session,
        nonce="n",
        lease="l",
        attempt=1,
        expires_at=datetime(2030, 1, 1, tzinfo=UTC),
        events=stored,
        payload=None,
        whys=whys,
    )


async def test_one_event_is_told_with_numbers_picture_and_buttons():
    pictures = Pictures()
    composed = await composer(pictures=pictures).compose(message(event("golden_cross")))
    (embed,) = composed.payload["embeds"]
    assert embed["title"] == "▲ Golden cross: VEE Inc. (VEE)"
    assert {field["name"] for field in embed["fields"]} >= {"Numbers", "What followed in the past"}
    assert embed["image"] == {"url": "attachment://chart.png"}
    assert composed.payload["components"] == [{"symbol": "VEE", "event": "golden_cross"}]
    (file,) = composed.attachments
    assert (file.name, file.content) == ("chart.png", b"png")
    assert file.alt == pictures.charts[0].alt
    assert "VEE" in file.alt


async def test_the_market_is_that_of_the_events_session_and_nothing_later():
    library = Library()
    composed = await composer(library).compose(message(event("golden_cross")))
    assert library.asked == [GOLDEN]
    day = f"{GOLDEN:%a} {GOLDEN.day} {GOLDEN:%b %Y}"
    assert day in composed.payload["embeds"][0]["description"]
    assert day in composed.payload["embeds"][0]["footer"]["text"]


async def test_an_event_that_came_late_is_told_at_its_own_session_in_the_market_of_the_later_one():
    cross = event("golden_cross")
    later, library = session_at(golden_row() + 2), Library()
    composed = await composer(library).compose(replace(message(cross), session=later))
    embed = composed.payload["embeds"][0]
    same_day = (await composer().compose(message(cross))).payload["embeds"][0]
    assert library.asked == [later]
    assert embed["title"] == same_day["title"]
    assert embed["description"] == same_day["description"]
    assert embed["fields"][0] == same_day["fields"][0]


async def test_the_footer_begins_with_why_and_ends_with_not_advice():
    composed = await composer().compose(message(event("golden_cross"), whys=("because A", "", "because A")))
    text = composed.payload["embeds"][0]["footer"]["text"]
    assert text.startswith("because A · ")
    assert text.count("because A") == 1
    assert text.endswith("not advice")


async def test_without_a_reason_the_footer_is_the_cards_own():
    composed = await composer().compose(message(event("golden_cross"), whys=()))
    assert not composed.payload["embeds"][0]["footer"]["text"].startswith(" ")


async def test_several_reasons_are_all_named():
    events = (event("golden_cross"), event("death_cross", "PEAK"))
    composed = await composer().compose(message(*events, whys=("A", "B")))
    assert composed.payload["embeds"][0]["footer"]["text"].startswith("A; B · ")


async def test_words_go_without_the_picture_that_cannot_be_drawn():
    composed = await composer(pictures=Pictures(PictureUnavailable("busy"))).compose(message(event("golden_cross")))
    assert composed.attachments == ()
    assert "image" not in composed.payload["embeds"][0]
    assert composed.payload["components"]


async def test_events_of_several_symbols_become_one_list_without_buttons_or_picture():
    pictures = Pictures()
    composed = await composer(pictures=pictures).compose(
        message(event("golden_cross"), event("death_cross", "PEAK"), whys=("A", "A"))
    )
    (embed,) = composed.payload["embeds"]
    assert embed["title"].startswith("2 events")
    assert "VEE Inc." in embed["description"]
    assert "PEAK Inc." in embed["description"]
    assert "components" not in composed.payload
    assert composed.attachments == ()
    assert pictures.charts == []


async def test_several_events_of_one_symbol_keep_its_buttons():
    composed = await composer().compose(message(event("golden_cross"), event("golden_cross", fast=20)))
    assert composed.payload["embeds"][0]["title"].startswith("2 events")
    assert composed.payload["components"] == [{"symbol": "VEE", "event": "golden_cross"}]


@pytest.mark.parametrize("kind", ["death_cross", "approaching_death", "confirmed"])
async def test_the_button_is_about_the_event_and_the_evidence_about_the_cross_of_its_side(kind):
    composed = await composer().compose(message(event(kind, "PEAK")))
    assert composed.payload["components"] == [{"symbol": "PEAK", "event": kind}]
    fields = {field["name"]: field["value"] for field in composed.payload["embeds"][0]["fields"]}
    assert "death cross" in fields["What followed in the past"]


async def test_other_windows_are_named_in_the_words():
    composed = await composer().compose(message(event("golden_cross", fast=20, slow=100)))
    assert "20-session average crossed above the 100-session average" in composed.payload["embeds"][0]["description"]


async def test_a_session_that_cannot_be_looked_up_is_not_hidden():
    class Broken(Library):
        async def at(self, session):
            raise OSError(f"no bars of {session}")

    late = replace(event("golden_cross"), session=date(2031, 1, 2))
    with pytest.raises(OSError, match="2031-01-02"):
        await composer(Broken()).compose(message(late))


async def test_many_channels_share_one_card_and_one_picture_and_keep_their_own_reason():
    library, pictures = Library(), Pictures()
    composes = composer(library, pictures)
    messages = [replace(message(event("golden_cross"), whys=(f"reason {n}",)), id=n) for n in range(20)]
    composed = await asyncio.gather(*(composes.compose(one) for one in messages))
    assert (len(library.asked), len(pictures.charts)) == (1, 1)
    assert len({made.attachments[0].content for made in composed}) == 1
    footers = [made.payload["embeds"][0]["footer"]["text"] for made in composed]
    assert [footer.split(" · ")[0] for footer in footers] == [f"reason {n}" for n in range(20)]


async def test_a_draft_that_failed_is_made_anew():
    class Recovering(Library):
        async def at(self, session):
            if not self.asked:
                self.asked.append(session)
                raise OSError("away")
            return await super().at(session)

    composes = composer(Recovering())
    with pytest.raises(OSError, match="away"):
        await composes.compose(message(event("golden_cross")))
    assert (await composes.compose(message(event("golden_cross")))).attachments


async def test_every_message_carries_words_for_where_embeds_are_refused():
    composed = await composer().compose(message(event("golden_cross")))
    plain = composed.payload["plain"]
    assert "Golden cross" in plain
    assert "because" not in plain
    assert len(plain) <= 2000
    assert plain.endswith("not advice")


async def test_a_long_list_names_ten_counts_the_rest_and_has_a_button_to_all():
    many = [replace(event("golden_cross"), subject=f"S{n:02}") for n in range(14)]
    composed = await composer().compose(message(*many))
    (embed,) = composed.payload["embeds"]
    assert embed["title"].startswith("14 events")
    assert embed["description"].count("Golden cross".lower()) == 10
    assert "4 more" in embed["description"]
    assert composed.payload["components"] == [{"list": 1}]


async def test_what_was_missed_says_that_it_is_late():
    events = (event("golden_cross"), event("death_cross", "PEAK"))
    composed = await composer().compose(replace(message(*events), kind=MessageKind.DIGEST))
    (embed,) = composed.payload["embeds"]
    assert embed["title"].startswith("While we were away: 2 events")
    assert "in time" in embed["description"]
    assert "VEE Inc." in embed["description"]
    assert composed.attachments == ()
    assert "follows every symbol" not in embed["footer"]["text"]


async def test_a_retraction_names_what_did_not_happen_and_has_no_buttons():
    composed = await composer().compose(replace(message(event("golden_cross")), kind=MessageKind.RETRACTION))
    (embed,) = composed.payload["embeds"]
    assert embed["title"] == "Taken back: the prices were corrected"
    assert "VEE Inc." in embed["description"]
    assert "did not happen" in embed["description"]
    assert "components" not in composed.payload


async def test_a_crowd_of_different_alerts_gets_all_its_pictures_a_few_at_a_time():
    class Busy(Pictures):
        waiting = most = 0

        async def png(self, chart):
            self.waiting += 1
            self.most = max(self.most, self.waiting)
            await asyncio.sleep(0.001)
            self.waiting -= 1
            return await super().png(chart)

    library, pictures = Library(), Busy()
    composes = composer(library, pictures)
    cross = message(event("golden_cross"))
    different = [
        replace(cross, id=n, events=(replace(cross.events[0], id=n),), whys=("A",))
        for n in range(120)
        for _ in range(2)
    ]
    composed = await asyncio.gather(*(composes.compose(one) for one in different))
    assert all(made.attachments for made in composed)
    assert (len(library.asked), len(pictures.charts)) == (1, 120), "once per session, and once per event"
    assert pictures.most <= 4


async def test_drafts_are_forgotten_in_the_end():
    composes = composer()
    cross = message(event("golden_cross"))
    for n in range(300):
        await composes.compose(replace(cross, id=n, events=(replace(cross.events[0], id=n),)))
    assert len(composes._drafts) <= 257


@pytest.mark.parametrize(("is_direct", "whose"), [(True, "Your day"), (False, "The day")])
async def test_the_one_message_a_day_lists_what_the_day_brought_and_why(is_direct, whose):
    events = (event("golden_cross"), event("death_cross", "PEAK"))
    daily = replace(message(*events, whys=("A", "A")), kind=MessageKind.DAILY, is_direct=is_direct)
    composes = composer()
    composed = await composes.compose(daily)
    (embed,) = composed.payload["embeds"]
    assert embed["title"].startswith(f"{whose}: 2 alerts, ")
    assert embed["footer"]["text"].startswith("A · ")
    assert composed.attachments == ()
    other = await composes.compose(replace(daily, is_direct=not is_direct))
    assert not other.payload["embeds"][0]["title"].startswith(whose)


async def test_a_day_that_brought_one_alert_is_still_a_day():
    daily = replace(message(event("golden_cross")), kind=MessageKind.DAILY, is_direct=True)
    composed = await composer().compose(daily)
    assert composed.payload["embeds"][0]["title"].startswith("Your day: 1 alert, ")
    assert composed.payload["components"] == [{"symbol": "VEE", "event": "golden_cross"}]


async def test_pings_are_named_in_the_words_and_beside_them_and_in_no_other_message():
    composes = composer()
    cross = message(event("golden_cross"), whys=("A",))
    pinged = (await composes.compose(replace(cross, role_id=77, mentions=(5, 6)))).payload
    assert pinged["content"] == "<@&77> <@5> <@6>"
    assert pinged["pings"] == {"role": 77, "users": [5, 6]}
    assert pinged["plain"].startswith("<@&77> <@5> <@6>\n**")
    assert pinged["embeds"][0]["footer"]["text"].startswith("A · ")
    assert (await composes.compose(replace(cross, mentions=(5,)))).payload["content"] == "<@5>"
    bare = (await composes.compose(cross)).payload
    assert not {"content", "pings"} & set(bare)
    assert "<@" not in bare["plain"]


async def test_however_many_are_pinged_the_words_fit_into_a_message():
    largest = 2**64 - 1
    many = [replace(event("golden_cross"), subject=f"S{n:02}") for n in range(14)]
    crowd = replace(message(*many), role_id=largest, mentions=tuple(largest - n for n in range(200)))
    payload = (await composer().compose(crowd)).payload
    assert len(payload["pings"]["users"]) == payload["content"].count("<@1") == 50
    assert len(payload["content"]) <= len(payload["plain"]) <= 2000
    assert payload["plain"].startswith(payload["content"])


async def test_what_an_index_stands_for_can_be_listed():
    index = replace(message(event("golden_cross")), folded=14)
    composed = await composer().compose(index)
    assert composed.payload["components"] == [{"symbol": "VEE", "event": "golden_cross"}, {"list": 1}]


async def test_a_reason_is_not_repeated_by_the_one_that_says_more():
    events = (event("golden_cross"), event("death_cross", "PEAK"), event("golden_cross", fast=20))
    composed = await composer().compose(message(*events, whys=("A", "A, with 14 of its members' own", "B")))
    assert composed.payload["embeds"][0]["footer"]["text"].startswith("A, with 14 of its members' own; B · ")
