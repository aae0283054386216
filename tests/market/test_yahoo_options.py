"""Yahoo's option answers: recorded ones without loss, malformed ones with a reason."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime

import numpy as np
import pytest

from bot.market.yahoo_options import chain_of, expiries_of

KNOWN = date(2025, 3, 1)
WITHOUT = "Yahoo lists no options of it"
EMPTY_EXPIRY = "Yahoo lists no contract of the expiry asked for"
FIELDS = {
    "strike": "strike",
    "bid": "bid",
    "ask": "ask",
    "last": "lastPrice",
    "volume": "volume",
    "open_interest": "openInterest",
    "iv_frac": "impliedVolatility",
}


def a_contract(strike=100, **changed):
    made = {
        "strike": strike,
        "lastPrice": 2.5,
        "bid": 2.4,
        "ask": 2.6,
        "volume": 7,
        "openInterest": 11,
        "impliedVolatility": 0.31,
        "expiration": 1740700800,
        "lastTradeDate": 1740171602,
        "contractSize": "REGULAR",
    }
    return {name: value for name, value in (made | changed).items() if value is not ...}


def an_answer(calls=None, puts=None, quote=None, symbol="AAPL", **changed):
    calls, puts = [a_contract()] if calls is None else calls, [a_contract()] if puts is None else puts
    quote = {"regularMarketPrice": 101.5, "regularMarketTime": 1740171602} | (quote or {})
    options = [{"expirationDate": 1740700800, "calls": calls, "puts": puts}]
    result = {"underlyingSymbol": symbol, "expirationDates": [1740700800], "quote": quote, "options": options}
    return json.dumps({"optionChain": {"result": [result | changed], "error": None}}).encode()


def read(*bodies, known=KNOWN):
    return chain_of("AAPL", bodies, known=known)


def test_an_answer_becomes_a_chain_of_the_day_of_its_quotes():
    chain = read(an_answer()).chain
    assert (chain.symbol, chain.day, chain.known, chain.spot) == ("AAPL", date(2025, 2, 21), KNOWN, 101.5)
    assert chain.expiry.tolist() == [date(2025, 2, 28)] * 2
    assert (chain.is_call.tolist(), chain.bid.tolist()) == ([True, False], [2.4, 2.4])
    assert chain.traded.tolist() == [date(2025, 2, 21)] * 2
    assert expiries_of(an_answer()) == (date(2025, 2, 28),)


def test_what_a_contract_lacks_is_missing_and_never_zero():
    bare = a_contract(volume=..., openInterest=..., bid=None, lastTradeDate=..., impliedVolatility=...)
    chain = read(an_answer([bare], [], {"regularMarketPrice": 0})).chain
    assert np.isnan([chain.volume[0], chain.open_interest[0], chain.bid[0], chain.iv_frac[0], chain.spot]).all()
    assert np.isnat(chain.traded[0])


def test_answers_of_two_expiries_are_one_chain():
    april = a_contract(expiration=1744934400)
    chain = read(an_answer(), an_answer([april], [april])).chain
    assert sorted(set(chain.expiry.tolist())) == [date(2025, 2, 28), date(2025, 4, 18)]
    assert len(chain.strike) == 4


def test_contracts_of_another_size_are_left_out_and_said_to_be():
    answer = read(an_answer([a_contract(), a_contract(contractSize="MINI")]))
    assert len(answer.chain.strike) == 2
    assert answer.detail == "1 contracts that are no regular ones are left out"


BROKEN = {
    "nothing": (b"", "the answer is no JSON"),
    "half": (an_answer()[:200], "the answer is no JSON"),
    "a page": (b"<html>Too many requests</html>", "the answer is no JSON"),
    "not text": (b"\xff\xfe\x00", "the answer is no JSON"),
    "deep": (b"[" * 200_000, "the answer is no JSON"),
    "a list": (b"[]", "answer is []"),
    "null": (b"null", "answer is missing"),
    "no chain": (b"{}", "optionChain is missing"),
    "an error": (b'{"optionChain":{"result":null,"error":{"description":"Bad crumb"}}}', "Yahoo says: Bad crumb"),
    "an error in words": (b'{"optionChain":{"result":[],"error":"down"}}', "Yahoo says: down"),
    "no result": (b'{"optionChain":{"result":[],"error":null}}', "Yahoo knows no such symbol"),
    "result null": (b'{"optionChain":{"result":null,"error":null}}', "result is missing"),
    "result of text": (b'{"optionChain":{"result":["x"],"error":null}}', "result is 'x'"),
    "another symbol": (an_answer(symbol="MSFT"), "the answer is of 'MSFT', not of AAPL"),
    "options missing": (an_answer(options=None), "options is missing"),
    "no options": (an_answer(options=[]), WITHOUT),
    "option of text": (an_answer(options=["x"]), "options is 'x'"),
    "no contracts": (an_answer([], []), EMPTY_EXPIRY),
    "calls an object": (an_answer({"a": 1}), "calls is {'a': 1}, not a list"),
    "puts missing": (an_answer(options=[{"calls": []}]), "puts is missing"),
    "contract of text": (an_answer(["x"]), "calls is 'x'"),
    "strike missing": (an_answer([a_contract(...)]), "strike is nan: must be positive"),
    "strike zero": (an_answer([a_contract(0)]), "strike is 0.0: must be positive"),
    "strike negative": (an_answer([a_contract(-5)]), "strike is -5, below 0"),
    "strike of text": (an_answer([a_contract("100")]), "strike is '100', not a number"),
    "strike true": (an_answer([a_contract(strike=True)]), "strike is True, not a number"),
    "strike twice": (an_answer([a_contract(), a_contract()]), "must stand once"),
    "bid of text": (an_answer([a_contract(bid="n/a")]), "bid is 'n/a', not a number"),
    "bid negative": (an_answer([a_contract(bid=-0.1)]), "bid is -0.1, below 0"),
    "ask an object": (an_answer([a_contract(ask={"raw": 2})]), "ask is {'raw': 2}, not a number"),
    "volatility NaN": (an_answer([a_contract(impliedVolatility=math.nan)]), "impliedVolatility is nan, not a number"),
    "volume infinite": (an_answer([a_contract(volume=math.inf)]), "volume is inf, not a number"),
    "volume endless": (an_answer([a_contract(volume=10**400)]), "volume is 1000"),
    "expiry missing": (an_answer([a_contract(expiration=None)]), "expiration is missing, not a number"),
    "expiry of text": (an_answer([a_contract(expiration="2025-02-28")]), "expiration is '2025-02-28'"),
    "expiry in milliseconds": (an_answer([a_contract(expiration=1740700800000)]), "not an instant in seconds"),
    "trade of text": (an_answer([a_contract(lastTradeDate="x")]), "lastTradeDate is 'x', not a number"),
    "trade long ago": (an_answer([a_contract(lastTradeDate=-5)]), "lastTradeDate is -5, not an instant"),
    "no quote": (an_answer(quote={"regularMarketTime": None}), "regularMarketTime is missing"),
    "price of text": (an_answer(quote={"regularMarketPrice": "101"}), "regularMarketPrice is '101'"),
    "a day to come": (an_answer(quote={"regularMarketTime": 1750171602}), "after the day it was asked for"),
}


@pytest.mark.parametrize(("body", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_malformed_answer_gives_a_reason(body, reason):
    answer = read(body)
    assert answer.chain is None
    assert reason in answer.detail
    assert len(answer.detail) < 200
    assert "\n" not in answer.detail


def test_nothing_asked_for_is_said_to_be_nothing():
    assert read().detail == "nothing was asked for"


@pytest.mark.parametrize("body", [b"", b"{}", an_answer(expirationDates=None), an_answer(expirationDates=["x"])])
def test_expiries_that_cannot_be_read_are_none(body):
    assert expiries_of(body) == ()


def test_every_recorded_answer_is_read_without_loss(market_data):
    folder = market_data / "yahoo" / "http"
    if not folder.is_dir():
        pytest.skip(f"no recorded Yahoo answers at {folder}")
    seen = {"chains": 0, "contracts": 0, "without": 0}
    for path in sorted(folder.glob("options-*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))["response"]["bodyJson"]
        result = body["optionChain"]["result"][0]
        rows = [one for expiry in result["options"] for side in ("calls", "puts") for one in expiry[side]]
        answer = chain_of(result["underlyingSymbol"], [json.dumps(body).encode()], known=KNOWN)
        assert len(expiries_of(json.dumps(body).encode())) == len(result["expirationDates"])
        if not rows:
            assert (answer.chain, answer.detail) == (None, EMPTY_EXPIRY if result["options"] else WITHOUT), path.name
            seen["without"] += 1
            continue
        assert answer.detail == ""
        for name, key in FIELDS.items():
            expected = [float(one.get(key, math.nan)) for one in rows]
            np.testing.assert_array_equal(getattr(answer.chain, name), expected, err_msg=f"{path.name} {key}")
        expiries = [datetime.fromtimestamp(one["expiration"], UTC).date() for one in rows]
        assert answer.chain.expiry.tolist() == expiries
        assert answer.chain.is_call.sum() == sum(len(expiry["calls"]) for expiry in result["options"])
        assert not np.isnat(answer.chain.traded).any()
        seen["chains"] += 1
        seen["contracts"] += len(rows)
    assert seen == {"chains": 13, "contracts": 1083, "without": 12}
