"""Who is listed in the simulated market: invented companies by sector and theme.

The symbols were drawn so that no company listed in the United States in 2025 bears them. Three are real because the
sources of the themes name them (STRL, LITE, AGX); their names here say that their prices are simulated.
As on the exchanges of old, three letters trade in New York and four on the Nasdaq.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Company:
    """A company of the simulated market."""

    symbol: str
    name: str
    sector: str
    theme: str
    size: Literal["large", "small"]

    @property
    def is_nasdaq(self) -> bool:
        """Whether it trades on the Nasdaq."""
        return len(self.symbol) == NASDAQ_LETTERS


NASDAQ_LETTERS = 4

THEMES = (
    "AI semiconductors",
    "optical networking",
    "data-centre construction and power",
    "industrial equipment",
    "regional banks",
    "biotech",
    "fintech",
    "clean energy",
)

# Large companies of a theme; the small ones stand in its groups below.
_LARGE_MEMBERS: Mapping[str, str] = {
    "CLDL": "AI semiconductors",
    "GRMM": "AI semiconductors",
    "GRNN": "AI semiconductors",
    "HRNR": "AI semiconductors",
    "CRX": "industrial equipment",
    "HLLN": "industrial equipment",
    "GRH": "data-centre construction and power",
    "DRL": "fintech",
}

# Within a sector the large companies stand in the order of their size today.
_LARGE: Mapping[str, str] = {
    "Technology": """
        BELX Beloix Systems; NLL Nelinley Software; GRNN Grinsen Microsystems; BLN Blostena Networks; HLM Halimere
        Cloud; HRLY Harenley Devices; CLDL Caladlow Semiconductor; LNHM Lanolham Data; BRB Bredby Systems; YLBY Yelolby
        Software; HRNR Harinira Microsystems; NRLL Norawell Networks; SLMR Salomere Cloud; CLMN Calimont Devices; GRMM
        Grammere Semiconductor; HLMR Halamere Data; SKHL Skavholt Systems; THNX Threnix Software
    """,
    "Financial Services": """
        PLLY Pelavley Bancorp; VRR Verevira Insurance; PRB Pramby Capital; FRH Fristham Financial; YRH Yarimham
        Assurance; GRD Grimden Exchange; DRL Dradwell Payments; TRD Torerden Bancorp; DRN Draena Insurance; DLN Dalaena
        Capital; YLN Yelayn Financial; NRS Noristix Assurance
    """,
    "Healthcare": """
        CLBY Caledby Pharmaceuticals; HLS Halevsen Health; CRB Crickby Medical; KRSN Korevsen Diagnostics; RNN Rinostyn
        Biologics; ZNLW Zanonlow Pharmaceuticals; RSCK Rosiwick Health; DRC Drickden Medical; ZLL Zeloley Diagnostics;
        TRR Trarix Biologics; TLL Talavlow Pharmaceuticals; HLL Helolira Health
    """,
    "Consumer Cyclical": """
        ZLD Zeladale Motors; WNVN Wenivane Stores; TRH Treddahl Hotels; PRC Procklow Brands; FRL Frollow Restaurants;
        BLDD Bladdale Travel; WLB Walanby Commerce; BLR Blorax Motors; STCK Steckyn Stores; BLDL Blemdale Hotels
    """,
    "Communication Services": """
        GLDT Gladgate Media; RSLW Rosorlow Wireless; PRMR Prinmere Interactive; RSH Rosevham Entertainment; VRNR
        Verinora Search; DRK Drenmark Media; STBL Starblow Wireless
    """,
    "Industrials": """
        SKH Skemham Aerospace; CRX Corickax Machinery; GLC Gleckham Logistics; FNC Feneckby Railways; MRB Moravby
        Industries; CRN Crentley Controls; GRK Grickora Aerospace; HLLN Halolena Machinery; DRLW Dorevlow Logistics; RSD
        Rosadahl Railways; GLR Glolira Industries; GND Garenden Controls
    """,
    "Consumer Defensive": """
        RNS Rinarsen Foods; SRK Stermark Beverages; PLC Poleckax Household; TRM Trammont Markets; SKL Skevwell Grocers;
        JRN Joreryn Foods; ZNBY Zanedby Beverages; GRDH Grardahl Household; PLM Pelimax Markets
    """,
    "Energy": """
        SKR Skammere Petroleum; MRS Maristix Energy; THB Thrumbyn Resources; FRM Frimmont Pipelines; TLX Taloix
        Petroleum; NRN Naronena Energy
    """,
    "Utilities": """
        SKN Skaena Electric; GRH Gradholt Power; GLN Glentena Water; BLH Bloham Utilities; TLN Telolsen Electric
    """,
    "Real Estate": """
        PRX Primix Properties; CRY Croley Towers; SRR Sorevira Storage; LRL Loriley Residential; FLD Falenden Properties
    """,
    "Basic Materials": """
        BLM Blamere Chemicals; THK Throckix Mining; GNR Galenora Materials; LRC Loreckix Steel
    """,
}

_SMALL: Mapping[tuple[str, str], str] = {
    ("Technology", "AI semiconductors"): """
        TRBY Toramby Semiconductor; TLDN Talemden Silicon; SLNR Selonora Microdevices; DRLN Drolsen Chips; BLNX Belanax
        Memory; DRDN Dredyn Semiconductor; STNN Stanena Silicon; GRGT Grigate Microdevices; VLNN Valanyn Chips
    """,
    ("Technology", "optical networking"): """
        LITE Lumentum (simulated); LNDR Lanadora Photonics; PRHL Prenholt Optical; SKSN Skostyn Lightwave; WNB Winavby
        Lasers; WLDH Walodahl Networks; FRLY Frerley Photonics; BRDH Brindahl Optical; VEDN Veroden Lightwave
    """,
    ("Technology", ""): """
        GLH Galimham Software; VLNS Valinsen Systems; SKCH Skickham Analytics; NRNX Norenix Data; BLCK Bliwick Devices;
        DRER Drerix Software; JRMX Jorimax Systems; STBR Stumbira Analytics; CRMN Cramena Data; QLVN Quilavyn Devices;
        FNMR Fenamira Software; BLLY Blistley Systems; FRNR Frenora Analytics; NRM Narimere Data
    """,
    ("Financial Services", "regional banks"): """
        GRVR Grivora Bancorp; CMH Coramham Bancshares; STBY Stemby Savings; WNL Wenolley Community; SRLW Sorivlow Bank;
        GRV Garivyn Financial; FNNX Fenonax Bancorp; NMN Naremsen Bancshares; TRCL Tricklow Savings; PLDN Pelonden
        Community; BRBW Brarblow Bank; TRK Treckora Financial; CRLY Coremley Bancorp; STVX Stavax Bancshares; SLHM
        Selaham Savings; WNBY Winevby Community; STHM Stoham Bank; GRCK Gronrick Financial; KRST Koristax Bancorp; BLCN
        Bleckyn Bancshares
    """,
    ("Financial Services", "fintech"): """
        SRGT Soragate Payments; PRBN Prumbyn Lending; YLDH Yelidahl Digital; KRVN Koravane Pay; GLM Glamira Ledger; LRVN
        Loravane Payments; BLVX Blavax Lending; STST Stistax Digital
    """,
    ("Financial Services", ""): """
        MLS Melistax Insurance; SKMK Skonmark Capital; GLGT Glorgate Advisors; CNH Cronholt Assurance; RNB Rinevby
        Insurance; SLVX Salivax Capital; GCK Garockax Advisors; JRR Jorarena Assurance
    """,
    ("Healthcare", "biotech"): """
        TRHM Traham Therapeutics; KLLL Kelollow Biosciences; DRAN Dravena Genomics; CLGT Calogate Oncology; FLHM
        Falamham Bio; PRCK Preckix Therapeutics; PLVN Polivyn Biosciences; GLCK Glivrick Genomics; GLHM Glevham
        Oncology; MLMN Melamont Bio; GLDX Gledax Therapeutics; GLVN Glavyn Biosciences; GLMN Galamsen Genomics; DRLY
        Drostley Oncology; MRLY Morivley Bio; GLFD Glonford Therapeutics; PRDX Pradax Biosciences; SKCK Skivrick
        Genomics
    """,
    ("Healthcare", ""): """
        THRN Thrarsen Medical; DRB Drarbley Diagnostics; STCY Stockby Care; CRR Cremmark Devices; MLDH Melodahl Medical;
        NLSN Nelostyn Diagnostics; TRW Travwick Care; FRY Fredley Devices; BLLN Blolyn Medical; STMN Stamvane
        Diagnostics
    """,
    ("Consumer Cyclical", ""): """
        GRDL Gridale Outfitters; STH Stiholt Homes; SKD Skorford Restaurants; BRCH Brockham Components; YRM Yaromont
        Leisure; ZNM Zanamere Furnishings; YRL Yarevley Stores; STDH Stimdahl Outfitters; MRHL Maroholt Homes; HSN
        Helisen Restaurants; PRDN Prarden Components; NLVN Nelavyn Leisure; GRDD Gredden Furnishings; GMD Glemden
        Stores; PRN Pranham Outfitters; DRDH Drondahl Homes
    """,
    ("Communication Services", ""): """
        GRL Groholt Media; SKLY Skentley Broadcasting; MRRN Marerena Games; BLFD Blenford Telecom; GRNC Grenwick Media;
        FRAN Franira Broadcasting; PRLW Pristlow Games; GVX Gravax Telecom; TLM Talimix Media
    """,
    ("Industrials", "industrial equipment"): """
        DRNX Dranax Machinery; GRM Gremdale Tools; HLLW Helanlow Equipment; TNR Tranira Hydraulics; WLN Walenax
        Controls; FRN Frostsen Machinery; FLCK Faliwick Tools; TVN Trevvane Equipment; FNDL Fenidale Hydraulics; SHM
        Skaham Controls; SLR Skalira Machinery; GLS Glistham Tools
    """,
    ("Industrials", "data-centre construction and power"): """
        STRL Sterling Infrastructure (simulated); AGX Argan (simulated); LNRN Lanerena Constructors; HRN Haronlow
        Electrical; MRBN Marumbyn Infrastructure; DRVR Drevora Power; DRNN Drinena Systems; GRT Graholt Constructors;
        SNL Skindale Electrical; DDN Doradena Infrastructure
    """,
    ("Industrials", ""): """
        HRBN Harumbyn Freight; CRV Cravmont Security; WNN Wenalyn Packaging; SKW Skoworth Airlines; VRVN Veravane
        Staffing; SKHT Skerholt Freight; BRR Brivora Security; TRMX Trimax Packaging; SSN Selisen Airlines; BRBY Bramby
        Staffing
    """,
    ("Consumer Defensive", ""): """
        GLSX Glostax Foods; DRVX Drivix Nutrition; BRMR Bronmere Farms; BRV Bravyn Brands; FRV Frevmont Foods; TSD
        Trastead Nutrition; BRDL Brodahl Farms; DLM Dalomere Brands
    """,
    ("Energy", ""): """
        WLV Walivax Exploration; VLH Valenham Drilling; BREN Broena Midstream; CRA Crarix Oil; WNM Winumbax Fields; PRR
        Prevora Exploration; CRVN Crevvane Drilling; BRM Brimix Midstream; DRM Dremwick Oil
    """,
    ("Energy", "clean energy"): """
        FRDH Frodahl Hydrogen; GLBX Galumbix Renewables
    """,
    ("Technology", "clean energy"): """
        BRIR Briora Solar; BLVC Blevwick Storage; DLMX Dalimax Solar; GRNL Grandale Storage
    """,
    ("Utilities", "clean energy"): """
        DMX Dalumbix Renewables; THD Thrinden Wind
    """,
    ("Utilities", ""): """
        GRR Griworth Water; SDD Skaddale Gas; SLLL Salawell Electric; CRD Credax Water
    """,
    ("Real Estate", ""): """
        BLA Blimora Realty; SLD Saledira Properties; SYN Skanyn Trust; SKB Skedby Lodging; GRS Grostead Realty; FRR
        Frarix Properties; PRV Pravora Trust; FRMN Framena Lodging; GRCN Grockena Realty; BLB Blumbira Properties
    """,
    ("Basic Materials", ""): """
        PRD Prondahl Chemicals; CRW Cradwick Metals; SWL Skiwell Minerals; CDH Crerdahl Timber; FLLY Falorley Chemicals;
        GLX Glanix Metals; MRD Morenden Minerals; SKFD Skiford Timber
    """,
}


def _listed(text: str) -> list[tuple[str, str]]:
    entries = (" ".join(entry.split()) for entry in text.split(";"))
    return [(entry.split(" ", 1)[0], entry.split(" ", 1)[1]) for entry in entries]


LARGE = tuple(
    Company(symbol, name, sector, _LARGE_MEMBERS.get(symbol, ""), "large")
    for sector, text in _LARGE.items()
    for symbol, name in _listed(text)
)
SMALL = tuple(
    Company(symbol, name, sector, theme, "small")
    for (sector, theme), text in _SMALL.items()
    for symbol, name in _listed(text)
)
COMPANIES = LARGE + SMALL
SECTORS = tuple(_LARGE)
"""The eleven sectors, spelled as Yahoo spells them."""


def members(theme: str) -> tuple[str, ...]:
    """Return the symbols of `theme`, large companies first."""
    return tuple(company.symbol for company in COMPANIES if company.theme == theme)
