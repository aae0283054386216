from __future__ import annotations

import difflib
from dataclasses import replace

import pytest

from bot.questions import symbols
from bot.questions.parse import QuestionError
from bot.questions.symbols import ALIASES, Offers, did_you_mean, name_of, resolve, suggest
from tests.cards.markets import market

NAMES = {"STRL": "Sterling Infrastructure", "DOW": "Dow Inc.", "BRK-B": "Berkshire Hathaway"}
SYMBOLS = ("^RUT", "^GSPC", "^IXIC", "IWM", "STRL", "DOW", "BRK-B", "RUN", "RWT")
KNOWN = replace(market(30, symbols=SYMBOLS), names=NAMES)


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("RUT", "^RUT"),
        ("r2k", "^RUT"),
        ("rty", "^RUT"),
        ("Russell", "^RUT"),
        ("russell  2000", "^RUT"),
        ("^rut", "^RUT"),
        ("SPX", "^GSPC"),
        ("s&p", "^GSPC"),
        ("comp", "^IXIC"),
        ("Nasdaq", "^IXIC"),
        ("strl", "STRL"),
        ("$STRL", "STRL"),
        ("brk.b", "BRK-B"),
        ("sterling infrastructure", "STRL"),
        ("DOW", "DOW"),
    ],
)
def test_what_people_type_becomes_a_symbol(typed, symbol):
    assert resolve(typed, KNOWN) == symbol


def test_every_alias_of_the_definitions_is_known():
    wanted = {
        "^RUT": "RUT R2K RTY RUSSELL",
        "^GSPC": "SPX S&P",
        "^IXIC": "COMP NASDAQ",
        "^DJI": "DJI DOW",
        "^VIX": "VIX",
    }
    for symbol, words in wanted.items():
        assert {ALIASES[word] for word in words.split()} == {symbol}


def test_a_resolved_symbol_means_itself():
    for symbol in SYMBOLS:
        assert resolve(resolve(symbol, KNOWN), KNOWN) == symbol


@pytest.mark.parametrize("typed", ["dow", "dji", "^DJI", "DJI"])
def test_an_index_without_prices_is_said_to_be_missing_and_nothing_stands_in_for_it(typed):
    with pytest.raises(QuestionError, match=r"no prices of the Dow Jones Industrial Average, \^DJI"):
        resolve(typed, KNOWN)


def test_an_unknown_symbol_is_answered_with_the_likeliest():
    with pytest.raises(QuestionError, match=r"there is no symbol rtu here: did you mean \^RUT or"):
        resolve("rtu", KNOWN)


def test_a_symbol_like_no_other_is_answered_without_a_guess():
    with pytest.raises(QuestionError, match="ask for one of those followed here"):
        resolve("QQQQQQQQ", KNOWN)


@pytest.mark.parametrize("typed", ["", "   ", "$"])
def test_nothing_typed_is_asked_for(typed):
    with pytest.raises(QuestionError, match="name a symbol"):
        resolve(typed, KNOWN)


def test_a_long_text_is_not_repeated_whole():
    with pytest.raises(QuestionError) as caught:
        resolve("Z" * 4000, KNOWN)
    assert len(str(caught.value)) < 200


def test_at_most_three_are_suggested_each_once():
    meant = did_you_mean("RU", KNOWN)
    assert len(meant) == len(set(meant)) <= 3


def test_names_are_the_indices_the_sources_or_the_symbol_itself():
    assert [name_of(symbol, KNOWN) for symbol in ("^RUT", "STRL", "RUN")] == [
        "Russell 2000",
        "Sterling Infrastructure",
        "RUN",
    ]


@pytest.mark.parametrize(
    ("typed", "first"),
    [("", "^GSPC"), ("ru", "^RUT"), ("russ", "^RUT"), ("sterl", "STRL"), ("IW", "IWM"), ("DOW", "DOW")],
)
def test_autocomplete_offers_the_best_first(typed, first):
    assert suggest(typed, KNOWN)[0].symbol == first


def test_autocomplete_offers_no_more_than_asked_and_nothing_for_rubbish():
    assert len(suggest("", KNOWN, 3)) == 3
    assert suggest("zzzz", KNOWN) == []


def test_the_symbols_are_put_in_order_once_and_not_at_every_keystroke(monkeypatch):
    named = []
    monkeypatch.setattr(symbols, "name_of", lambda symbol, known: named.append(symbol) or name_of(symbol, known))
    offers = Offers(KNOWN)
    for text in ("", "r", "ru", "dow", "sterl", "zzzz", "$brk", "^r", "russell 2"):
        assert offers.suggest(text) == suggest(text, KNOWN)
        named.clear()
        offers.suggest(text)
        assert named == []


def test_a_long_name_among_thousands_is_guessed_without_comparing_them_all(monkeypatch):
    compared = []
    closest = difflib.get_close_matches

    def counted(word, possibilities, **given):
        compared.append(len(possibilities))
        return closest(word, possibilities, **given)

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    thousands = [f"S{n:04d}" for n in range(3000)]
    names = {symbol: f"General Company {symbol} Incorporated" for symbol in thousands}
    many = replace(market(2, symbols=tuple(thousands)), names=names)
    assert did_you_mean("GENRAL COMPANY S0007 INCORPORATED", many)[0] == "S0007"
    assert max(compared) <= 100
