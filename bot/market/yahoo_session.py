"""The HTTP session yfinance is given, inside the Yahoo process: paced, and its failures are exceptions, never bodies.

yfinance keeps the answers of some requests, failed ones included; what is raised here it cannot keep.
"""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any

from curl_cffi.requests import Session
from curl_cffi.requests.exceptions import CertificateVerifyError, HTTPError, ProxyError, RequestException, Timeout
from yfinance.data import YfData
from yfinance.exceptions import YFDataException, YFRateLimitError

from bot.market.yahoo_wire import Manners
from bot.network import ca_bundle

CHART = "/v8/finance/chart/"
SUMMARY = "/v10/finance/quoteSummary/"
OPTIONS = "/v7/finance/options/"
PAGES = (SUMMARY, OPTIONS)
"""What `YahooSession.page` asks for; where yfinance asks for it of itself, that is beside the point."""
NO_DATA = frozenset({400, 404, 422})
REFUSALS_FROM = 400
THROTTLED = 429
SERVER = 500
STAMPS = re.compile(rb'"timestamp"\s*:\s*\[([\d,\s]*)\]')
DAY_S = 86_400
APART = 0.005
"""Two rows of a day whose closes differ by more: an auction's correction is less."""


class NoData(Exception):
    """Yahoo says it has nothing for this symbol and range; the message is its own."""


class ServerFault(Exception):
    """Yahoo answered with a server error."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Yahoo answered HTTP {status}")


class Refused(Exception):
    """Yahoo refused the request for good."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Yahoo refused the request (HTTP {status})")


@dataclass(frozen=True, slots=True)
class RawRows:
    """What an answer says that yfinance keeps to itself.

    Attributes
    ----------
    last : int or None
        Day of the latest row, counted from 1970 (UTC).
    disputed : tuple of int
        Days with more than one row whose closes differ.
    """

    last: int | None = None
    disputed: tuple[int, ...] = ()


def raw_rows(body: bytes) -> RawRows:
    """Return what the rows in `body` are like; nothing where it holds none."""
    found = STAMPS.search(body)
    days = [int(stamp) // DAY_S for stamp in found[1].split(b",") if stamp.strip()] if found else []
    if not days:
        return RawRows()
    return RawRows(max(days), _disputed(body, days) if len(set(days)) < len(days) else ())


def _disputed(body: bytes, days: list[int]) -> tuple[int, ...]:
    try:
        closes = json.loads(body)["chart"]["result"][0]["indicators"]["quote"][0]["close"]
    except (ValueError, KeyError, TypeError, IndexError):
        return ()  # yfinance will say what is wrong with it
    by_day: dict[int, list[float]] = {}
    for day, close in zip(days, closes, strict=False):
        by_day.setdefault(day, []).extend([close] if close else [])
    return tuple(day for day, each in by_day.items() if len(each) > 1 and max(each) > (1 + APART) * min(each))


class YahooSession(Session):  # type: ignore[misc]  # curl_cffi's types are not followed
    """A browser-like session whose requests are spaced out and whose statuses are raised."""

    def __init__(self, manners: Manners) -> None:
        bundle = ca_bundle()
        super().__init__(impersonate="chrome", verify=True if bundle is None else str(bundle))
        self._manners = manners
        self._turn = threading.Lock()
        self._next_at = 0.0
        self._failed_sides: dict[str, Exception] = {}
        self._last = threading.local()

    def request(self, method: str, url: str, **options: Any) -> Any:
        """Send one request; raise where the status says that the answer is none."""
        given = options.get("timeout")
        options["timeout"] = min(given, self._manners.timeout_s) if given else self._manners.timeout_s
        if CHART not in url and not self._is_page(url):
            return self._side_request(method, url, options)
        self._wait_turn()
        response = super().request(method, url, **options)
        self._last.status = response.status_code
        _raise_status(response)
        if CHART in url:
            self._last.rows = raw_rows(response.content)
        return response

    def page(self, url: str, params: dict[str, str]) -> bytes:
        """Return the body of one of `PAGES`, asked for with cookie and crumb, in turns with the charts."""
        self._last.asks_page = True
        try:
            response = YfData(session=self).get(url=url, params=params)
        finally:
            self._last.asks_page = False
        if response.status_code >= REFUSALS_FROM:
            raise Refused(response.status_code)
        content: bytes = response.content
        return content

    def _is_page(self, url: str) -> bool:
        return getattr(self._last, "asks_page", False) and any(path in url for path in PAGES)

    def last_status(self) -> int:
        """Return the status of this thread's latest chart request; 0 before any."""
        status: int = getattr(self._last, "status", 0)
        return status

    def last_rows(self) -> RawRows:
        """Return the rows of this thread's latest chart as they came: yfinance drops some without a word."""
        rows: RawRows = getattr(self._last, "rows", RawRows())
        return rows

    def _wait_turn(self) -> None:
        with self._turn:
            starts_at = max(time.monotonic(), self._next_at)
            self._next_at = starts_at + self._manners.spacing_s
        time.sleep(max(0.0, starts_at - time.monotonic()))

    def _side_request(self, method: str, url: str, options: dict[str, Any]) -> Any:
        """Fetch a cookie, consent or crumb: charts do without, so a failed one is not asked for before each of them."""
        if url in self._failed_sides:
            raise self._failed_sides[url]
        try:
            response = super().request(method, url, **options)
        except RequestException as error:
            self._failed_sides[url] = error
            raise
        if response.status_code == THROTTLED:
            self._failed_sides[url] = YFRateLimitError()
            raise self._failed_sides[url]
        return response


def is_passing(error: Exception) -> bool:
    """Whether asking again may help."""
    if isinstance(error, CertificateVerifyError):
        return False
    return isinstance(error, ServerFault | RequestException | YFDataException | JSONDecodeError)


def is_unreachable(error: Exception) -> bool:
    """Whether no answer came at all."""
    return isinstance(error, RequestException) and not isinstance(error, HTTPError)


def describe(error: Exception, manners: Manners) -> str:
    """Return what went wrong, in words a moderator can read."""
    reason = str(error).partition(" See https://")[0].removeprefix("Failed to perform, ").rstrip(".")
    if "CONNECT tunnel failed" in reason:  # curl calls it a failed connection
        return f"the proxy refused: {reason}"
    words: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
        ((CertificateVerifyError,), "the certificate is not trusted: name your proxy's in SSL_CERT_FILE"),
        ((Timeout,), f"no answer within {manners.timeout_s:g} s"),
        ((ProxyError,), f"the proxy refused: {reason}"),
        ((RequestException,), f"the connection failed: {reason}"),
        ((JSONDecodeError,), "the answer is not JSON"),
        ((ServerFault, Refused, NoData), reason),
    )
    for kinds, said in words:
        if isinstance(error, kinds):
            return said
    return f"the answer makes no sense, it is not laid out as Yahoo's charts are: {error}"


def _raise_status(response: Any) -> None:
    status = response.status_code
    if status == THROTTLED:
        raise YFRateLimitError
    if status >= SERVER:
        raise ServerFault(status)
    if status in NO_DATA:
        raise NoData(_explanation(response) or f"Yahoo answered HTTP {status} without a word")


def _explanation(response: Any) -> str:
    try:
        (outer,) = response.json().values()
        return str(outer["error"]["description"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
