"""Forms 3, 4 and 5: what insiders hold and trade, as the SEC's XML or a whole submission has it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NoReturn
from xml.etree import ElementTree as ET

from bot.market.holdings import yahoo_symbol
from signals.insider_facts import MOST_USD, InsiderTrade

FORMS = frozenset(("3", "3/A", "4", "4/A", "5", "5/A"))
LARGEST_CHARACTERS = 4_000_000
_TABLES = ("nonDerivative", "derivative")
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,9}")
_NO_SYMBOLS = frozenset(("", "NONE", "N-A", "NA", "NULL", "TBD"))
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_YES, _NO = frozenset(("1", "true", "y", "yes")), frozenset(("0", "false", "n", "no", ""))
_PLAN = re.compile(r"10b5", re.IGNORECASE)
_DOCUMENT = re.compile(r"<XML>\s*(.*?)\s*</XML>", re.DOTALL | re.IGNORECASE)
_FILED = re.compile(r"^FILED AS OF DATE:\s*(\d{4})(\d\d)(\d\d)\s*$", re.MULTILINE)
_ACCESSION = re.compile(r"^ACCESSION NUMBER:\s*(\S+)\s*$", re.MULTILINE)
_LONGEST_SHOWN = 40
_LONGEST_NAME = 120


class UnreadableForm(Exception):
    """A text is no form of an insider: one line that says why."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who reports, and what they are to the company: director, officer with a title, owner of 10 %, something else."""

    cik: int
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of either table: a trade, or what is held where `traded` is None.

    Attributes
    ----------
    shares, price_usd, held : float
        NaN where the form does not state them; `held` is what is owned afterwards.
    notes : tuple of str
        The footnotes it names.
    """

    security: str
    is_derivative: bool
    traded: date | None
    code: str
    is_acquired: bool
    shares: float
    price_usd: float
    held: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnershipForm:
    """What a form says.

    Attributes
    ----------
    form : str
        One of `FORMS`.
    period : date
        Its period of report.
    original : date or None
        Of an amendment: the day on which the form it amends was filed, where it says so.
    symbol : str
        The issuer's as Yahoo writes it; empty where it names none.
    is_planned : bool or None
        Whether it says that trades were made under a plan (Rule 10b5-1); None where it does not ask, as before 2023.
    filed, accession : date or None, str
        Of a whole submission: when it was filed, and its number.
    """

    form: str
    period: date
    original: date | None
    issuer_cik: int
    issuer: str
    symbol: str
    owners: tuple[Owner, ...]
    is_planned: bool | None
    lines: tuple[Line, ...]
    notes: Mapping[str, str]
    filed: date | None = None
    accession: str = ""


def read_form(content: bytes | str) -> OwnershipForm:
    """Return what a form says: its XML, or the text of the submission that holds it.

    Raises
    ------
    UnreadableForm
        If it is none, or a part of it cannot be read.
    """
    text = content.decode("utf-8", errors="replace") if isinstance(content, bytes) else content
    if len(text) > LARGEST_CHARACTERS:
        raise UnreadableForm(f"has {len(text):,} characters; no form has so many")
    root = _root(_xml_in(text))
    form = _text(root, "documentType")
    if form not in FORMS:
        _refuse(f"is a {_shown(form)}, not one of {', '.join(sorted(FORMS))}")
    notes = {
        note.get("id", ""): " ".join("".join(note.itertext()).split()) for note in root.iterfind("footnotes/footnote")
    }
    issuer = root.find("issuer")
    if issuer is None:
        _refuse("names no issuer")
    planned = root.findtext("aff10b5One")
    accession = _ACCESSION.search(text)
    return OwnershipForm(
        form=form,
        period=_day(_text(root, "periodOfReport"), "its period of report"),
        original=_day(own, "the day of the form it amends")
        if (own := _text(root, "dateOfOriginalSubmission"))
        else None,
        issuer_cik=_whole(_text(issuer, "issuerCik"), "the issuer's CIK"),
        issuer=_text(issuer, "issuerName"),
        symbol=_symbol(_text(issuer, "issuerTradingSymbol")),
        owners=_owners(root),
        is_planned=None if planned is None or not planned.strip() else _flag(planned, "aff10b5One"),
        lines=tuple(_lines(root)),
        notes=notes,
        filed=_filed(text),
        accession=accession.group(1) if accession else "",
    )


def trades_of(form: OwnershipForm, *, symbol: str = "", filed: date | None = None) -> tuple[InsiderTrade, ...]:
    """Return the trades of a form; of an amendment without any, a line that reports none: it replaces others.

    Parameters
    ----------
    symbol : str
        Whose, where the caller knows better than the form, such as by its CIK.
    filed : date, optional
        When; without it the day the submission says.

    Raises
    ------
    UnreadableForm
        If nobody says when it was filed, or it names no symbol.
    """
    known, day = symbol or form.symbol, filed or form.filed
    if day is None:
        _refuse("does not say when it was filed")
    if not known:
        _refuse(f"{_shown(form.issuer)} names no symbol")
    first, *others = form.owners
    owner = first.name if not others else f"{first.name} and {len(others)} more"
    common = InsiderTrade(
        known, day, form.period, "", math.nan, math.nan, owner, first.role,
        is_amendment=form.form.endswith("/A"), period=form.period,
    )  # fmt: skip
    found = tuple(
        common._replace(
            traded=line.traded,
            code=line.code,
            shares=line.shares,
            price_usd=line.price_usd,
            is_acquired=line.is_acquired,
            is_derivative=line.is_derivative,
            is_planned=_is_planned(form, line),
        )
        for line in form.lines
        if line.traded is not None
    )
    return found or ((common,) if common.is_amendment and not form.form.startswith("3") else ())


def _is_planned(form: OwnershipForm, line: Line) -> bool:
    """Tell whether a trade was made under a plan: its footnotes say, else the whole form."""
    told = {note for note, text in form.notes.items() if _PLAN.search(text)}
    return bool(told.intersection(line.notes)) or (bool(form.is_planned) and not told)


def _xml_in(text: str) -> str:
    """Return the form's XML: the text itself, or what a submission holds of it."""
    if "<SEC-HEADER>" not in text and "<DOCUMENT>" not in text:
        return text
    for found in _DOCUMENT.finditer(text):
        if "<ownershipDocument" in found.group(1):
            return found.group(1)
    return _refuse("is a submission without a form of an insider")


def _root(xml: str) -> ET.Element:
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        _refuse("declares entities; no form does")
    try:
        root = ET.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", xml))  # noqa: S314 - nothing is declared in it
    except ET.ParseError as error:
        _refuse(f"is no XML ({error})")
    if root.tag != "ownershipDocument":
        _refuse(f"is a {_shown(root.tag)}, not an ownershipDocument")
    return root


def _owners(root: ET.Element) -> tuple[Owner, ...]:
    owners = []
    for each in root.iterfind("reportingOwner"):
        name = " ".join(_text(each, "reportingOwnerId/rptOwnerName").split())
        if not name or len(name) > _LONGEST_NAME:
            _refuse(f"names its owner {_shown(name)}")
        owners.append(
            Owner(
                _whole(_text(each, "reportingOwnerId/rptOwnerCik"), "the owner's CIK"),
                name,
                _role(each.find("reportingOwnerRelationship")),
            )
        )
    if not owners:
        _refuse("names no owner")
    return tuple(owners)


def _role(relation: ET.Element | None) -> str:
    if relation is None:
        return ""
    is_ = {
        name: _flag(_text(relation, name), name) for name in ("isOfficer", "isDirector", "isTenPercentOwner", "isOther")
    }
    titles = (
        (is_["isOfficer"], _text(relation, "officerTitle") or "Officer"),
        (is_["isDirector"], "Director"),
        (is_["isTenPercentOwner"], "10 % owner"),
        (is_["isOther"], _text(relation, "otherText") or "Other"),
    )
    return ", ".join(" ".join(title.split())[:_LONGEST_NAME] for has, title in titles if has)


def _lines(root: ET.Element) -> Iterator[Line]:
    for table in _TABLES:
        for kind in ("Transaction", "Holding"):
            for row in root.iterfind(f"{table}Table/{table}{kind}"):
                yield _line(row, is_derivative=table == "derivative", is_trade=kind == "Transaction")


def _line(row: ET.Element, *, is_derivative: bool, is_trade: bool) -> Line:
    side = _text(row, "transactionAmounts/transactionAcquiredDisposedCode/value")
    code = _text(row, "transactionCoding/transactionCode")
    shares = _number(row, "transactionAmounts/transactionShares/value", "shares")
    price = _number(row, "transactionAmounts/transactionPricePerShare/value", "price")
    if is_trade and side not in {"A", "D"}:
        _refuse(f"a trade is {_shown(side)}, neither acquired (A) nor disposed of (D)")
    if is_trade and not re.fullmatch("[A-Z]", code):
        _refuse(f"a trade has the code {_shown(code)}")
    if shares * price >= MOST_USD:
        _refuse(f"a trade is worth ${shares * price:,.0f}")
    return Line(
        security=_text(row, "securityTitle/value"),
        is_derivative=is_derivative,
        traded=_day(_text(row, "transactionDate/value"), "the day of a trade") if is_trade else None,
        code=code,
        is_acquired=side == "A",
        shares=shares,
        price_usd=price,
        held=_number(row, "postTransactionAmounts/sharesOwnedFollowingTransaction/value", "shares held"),
        notes=tuple(dict.fromkeys(note.get("id", "") for note in row.iter("footnoteId"))),
    )


def _text(parent: ET.Element, path: str) -> str:
    return (parent.findtext(path) or "").strip()


def _number(row: ET.Element, path: str, what: str) -> float:
    """Return a number, NaN where there is none: it stands in a footnote then."""
    text = _text(row, path)
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        _refuse(f"{what} is {_shown(text)}")
    return value


def _whole(text: str, what: str) -> int:
    if not re.fullmatch(r"\d{1,10}", text, re.ASCII):
        _refuse(f"{what} is {_shown(text)}")
    return int(text)


def _day(text: str, what: str) -> date:
    found = _DAY.fullmatch(text)
    try:
        day = date.fromisoformat(found.group(1)) if found else None
    except ValueError:
        day = None
    if day is None:
        _refuse(f"{what} is {_shown(text)}")
    return day


def _flag(text: str, what: str) -> bool:
    word = text.strip().lower()
    if word not in _YES | _NO:
        _refuse(f"{what} is {_shown(text)}, neither yes nor no")
    return word in _YES


def _filed(text: str) -> date | None:
    found = _FILED.search(text)
    return None if found is None else _day("-".join(found.groups()), "the day it was filed")


def _symbol(text: str) -> str:
    """Return the first symbol of what a form writes, such as ``NYSE: AIR`` or ``[LEN, LEN.B]``; empty for none."""
    first = re.split(r"[,;]", text.strip("()[]\"' "))[0].rpartition(":")[2]
    symbol = yahoo_symbol(first.strip("()[]\"' "))
    return symbol if _SYMBOL.fullmatch(symbol) and symbol not in _NO_SYMBOLS else ""


def _refuse(reason: str) -> NoReturn:
    raise UnreadableForm(reason)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
