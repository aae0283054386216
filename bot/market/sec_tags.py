"""Which XBRL tags companies really file a figure under: what is looked for first, and what stands in for it."""

from __future__ import annotations

from dataclasses import dataclass

US_GAAP, COVER, IFRS = "us-gaap", "dei", "ifrs-full"


@dataclass(frozen=True, slots=True)
class Source:
    """A figure and where it may stand, the best place first; of a place with several tags the sum is meant.

    Attributes
    ----------
    name : str
        As in `signals.fundamentals`.
    places : tuple of tuple of str
        A place counts where its first tag is filed, or, with `is_any`, where any is.
    is_any : bool
        Whether each tag of a place is a line of its own, any of which may be absent.
    """

    name: str
    places: tuple[tuple[str, ...], ...]
    is_any: bool = False


FLOW_SOURCES = (
    Source(
        "revenue",
        (
            ("Revenues",),
            ("RevenueFromContractWithCustomerExcludingAssessedTax",),
            ("SalesRevenueNet",),
            ("RevenueFromContractWithCustomerIncludingAssessedTax",),
            ("RevenuesNetOfInterestExpense",),
            ("SalesRevenueGoodsNet",),
            ("SalesRevenueServicesNet",),
        ),
    ),
    Source("net_income", (("NetIncomeLoss",), ("NetIncomeLossAvailableToCommonStockholdersBasic",), ("ProfitLoss",))),
    Source("operating_income", (("OperatingIncomeLoss",),)),
    Source(
        "depreciation",
        (
            ("DepreciationDepletionAndAmortization",),
            ("DepreciationAmortizationAndAccretionNet",),
            ("DepreciationAndAmortization",),
            ("Depreciation", "AmortizationOfIntangibleAssets"),
        ),
    ),
    Source(
        "operating_cash_flow",
        (
            ("NetCashProvidedByUsedInOperatingActivities",),
            ("NetCashProvidedByUsedInOperatingActivitiesContinuingOperations",),
        ),
    ),
    Source(
        "capex",
        (
            ("PaymentsToAcquirePropertyPlantAndEquipment",),
            ("PaymentsToAcquireProductiveAssets",),
            ("PaymentsForCapitalImprovements",),
            ("PaymentsToAcquireOtherPropertyPlantAndEquipment",),
        ),
    ),
)
BALANCE_SOURCES = (
    Source(
        "cash",
        (
            ("CashAndCashEquivalentsAtCarryingValue",),
            ("CashAndDueFromBanks",),
            ("Cash",),
            ("CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents",),
        ),
    ),
    Source(
        "equity", (("StockholdersEquity",), ("StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest",))
    ),
    Source("debt_total", (("DebtLongtermAndShorttermCombinedAmount",),)),
    Source(
        "debt_long",
        (
            ("LongTermDebtNoncurrent",),
            ("LongTermDebtAndCapitalLeaseObligations",),
            (
                "ConvertibleDebtNoncurrent",
                "ConvertibleLongTermNotesPayable",
                "SeniorLongTermNotes",
                "LongTermNotesPayable",
                "LongTermLoansPayable",
                "LongTermLineOfCredit",
                "OtherLongTermDebtNoncurrent",
            ),
        ),
        is_any=True,
    ),
    Source(
        "debt_current",
        (
            ("LongTermDebtCurrent",),
            ("LongTermDebtAndCapitalLeaseObligationsCurrent",),
            ("ConvertibleDebtCurrent", "ConvertibleNotesPayableCurrent", "NotesPayableCurrent", "LoansPayableCurrent"),
        ),
        is_any=True,
    ),
    Source(
        "debt_short",
        (("ShortTermBorrowings",), ("CommercialPaper", "LinesOfCreditCurrent", "OtherShortTermBorrowings")),
        is_any=True,
    ),
)
LONG_WITH_CURRENT = "LongTermDebt"
"""Long-term debt with what of it falls due within a year: stands in for both where they are not given apart."""
ALL_CURRENT = "DebtCurrent"
"""Whatever debt falls due within a year: stands in for its two parts where they are not given apart."""
SHARE_SOURCE = Source("shares", (("EntityCommonStockSharesOutstanding",), ("CommonStockSharesOutstanding",)))
TAXONOMIES = {"EntityCommonStockSharesOutstanding": COVER}
"""Where a tag stands that is none of `US_GAAP`."""
FLOW_TAGS = frozenset(tag for source in FLOW_SOURCES for place in source.places for tag in place)
BALANCE_TAGS = frozenset(
    {LONG_WITH_CURRENT, ALL_CURRENT} | {tag for source in BALANCE_SOURCES for place in source.places for tag in place}
)
SHARE_TAGS = frozenset(tag for place in SHARE_SOURCE.places for tag in place)
