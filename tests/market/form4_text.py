"""Made-up forms of insiders and form indices, laid out as the SEC does."""

from __future__ import annotations

OWNER = (
    "<reportingOwner><reportingOwnerId><rptOwnerCik>0001</rptOwnerCik><rptOwnerName>{name}</rptOwnerName>"
    "</reportingOwnerId><reportingOwnerRelationship>{relation}</reportingOwnerRelationship></reportingOwner>"
)
TRADE = (
    "<{kind}Transaction><securityTitle><value>Common Stock</value></securityTitle>"
    "<transactionDate><value>2025-07-01</value></transactionDate>"
    "<transactionCoding><transactionFormType>4</transactionFormType><transactionCode>{code}</transactionCode>"
    "<equitySwapInvolved>0</equitySwapInvolved></transactionCoding><transactionAmounts>"
    "<transactionShares><value>{shares}</value></transactionShares>"
    "<transactionPricePerShare>{price}</transactionPricePerShare>"
    "<transactionAcquiredDisposedCode><value>{side}</value></transactionAcquiredDisposedCode></transactionAmounts>"
    "</{kind}Transaction>"
)
SUBMISSION = """<SEC-DOCUMENT>0000000001-25-000001.txt : 20250703
<SEC-HEADER>0000000001-25-000001.hdr.sgml : 20250703
ACCESSION NUMBER:\t\t0000000001-25-000001
FILED AS OF DATE:\t\t20250703
</SEC-HEADER>
<DOCUMENT>
<TYPE>4
<TEXT>
<XML>
{xml}
</XML>
</TEXT>
</DOCUMENT>
</SEC-DOCUMENT>
"""
HEADER = (
    "Description:           Master Index of EDGAR Dissemination Feed by Form Type\n"
    "Last Data Received:    July 18, 2025\n"
    "Comments:              webmaster@sec.gov\n"
    "Anonymous FTP:         ftp://ftp.sec.gov/edgar/\n"
    " \n \n \n"
    "Form Type   Company Name                                                  CIK         Date Filed  File Name\n"
    f"{'-' * 141}\n"
)
"""The lines above the rows; those are wider than it says."""


def a_trade(
    code: str = "P", side: str = "A", *, shares: str = "100", price: str = "10.5", kind: str = "nonDerivative"
) -> str:
    """Return a line; a `price` that is a tag stands there as it is."""
    told = price if price.startswith("<") else f"<value>{price}</value>"
    return TRADE.format(kind=kind, code=code, side=side, shares=shares, price=told)


def a_form(
    *trades: str,
    form: str = "4",
    symbol: str = "AGX",
    owners: str = OWNER.format(name="Doe Jane", relation="<isDirector>1</isDirector>"),
    more: str = "",
    derivatives: str = "",
) -> str:
    """Return the XML of a form."""
    return (
        '<?xml version="1.0"?><ownershipDocument>'
        f"<schemaVersion>X0508</schemaVersion><documentType>{form}</documentType>"
        "<periodOfReport>2025-07-01</periodOfReport>"
        "<issuer><issuerCik>0000100591</issuerCik><issuerName>ARGAN INC</issuerName>"
        f"<issuerTradingSymbol>{symbol}</issuerTradingSymbol></issuer>{owners}{more}"
        f"<nonDerivativeTable>{''.join(trades)}</nonDerivativeTable>"
        f"<derivativeTable>{derivatives}</derivativeTable></ownershipDocument>"
    )


def a_row(form: str, company: str, cik: str, filed: str, path: str) -> str:
    """Return a row of the index, as wide as EDGAR writes it."""
    return f"{form:<17}{company:<62}{cik:<12}{filed:<12}{path:<52}\n"
