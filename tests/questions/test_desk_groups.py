from __future__ import annotations

from dataclasses import replace

from bot.cards.card import Card
from bot.questions.desk import Desk
from bot.questions.parse import QuestionError
from bot.questions.ports import NoGuildThresholds
from tests.cards.markets import market


class Knowledge:
    def __init__(self, known=None):
        self.known = known

    def market(self):
        if self.known is None:
            raise QuestionError("the prices are still being loaded: try again in a minute")
        return self.known


class FrontDesk:
    async def status(self):
        return Card("Status", "fine")

    def about(self):
        return Card("About", "a bot")


def grouped(universe, sectors):
    return replace(market(60), universes={"smallcap": universe}, sectors=sectors)


def test_the_groups_are_those_of_the_present_market():
    knowledge = Knowledge(grouped(("IWM", "STRL"), {"STRL": "Real Estate", "REI": "Energy"}))
    desk = Desk(knowledge, NoGuildThresholds(), FrontDesk())
    assert desk.groups() == {
        "universe:smallcap": frozenset({"IWM", "STRL"}),
        "sector:Real Estate": frozenset({"STRL"}),
        "sector:Energy": frozenset({"REI"}),
    }
    assert desk.groups() is desk.groups()
    knowledge.known = grouped(("IWM",), {})
    assert desk.groups() == {"universe:smallcap": frozenset({"IWM"})}


def test_while_prices_are_being_loaded_there_are_no_groups():
    assert Desk(Knowledge(), NoGuildThresholds(), FrontDesk()).groups() == {}
