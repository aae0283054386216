from __future__ import annotations

from io import BytesIO

import pypdf
import pytest

from tests.cli.conftest import rows


def pdf_at(path) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(path.read_bytes()))


def test_a_briefing_is_written_whole_and_said_to_be(cli, tmp_path):
    result = cli("briefing", "smallcap", "--out", "x.pdf")
    assert (result.code, result.err) == (0, "")
    assert result.out == "Small Cap Golden Cross Briefing, Wed 30 Sep 2026: x.pdf\n"
    assert 2 <= len(pdf_at(tmp_path / "x.pdf").pages) <= 4
    assert [path.name for path in tmp_path.iterdir()] == ["x.pdf"]


def test_a_folder_that_holds_little_gets_a_briefing_that_says_so(cli, folder, tmp_path):
    result = cli("briefing", "rotation", "--out", "x.pdf", "--data", folder({"IWM": rows(30)}))
    assert result.code == 0
    pdf = pdf_at(tmp_path / "x.pdf")
    assert len(pdf.pages) <= 4
    assert "unknown" in pdf.pages[0].extract_text()


def test_real_data_gives_a_briefing_of_the_session_asked_for(cli, market_data, tmp_path):
    result = cli("briefing", "smallcap", "--out", "x.pdf", "--data", str(market_data), "--as-of", "2025-08-06")
    assert result.code == 0
    text = " ".join(" ".join(page.extract_text() for page in pdf_at(tmp_path / "x.pdf").pages).split())
    assert "SESSION OF WED 6 AUG 2025" in text
    assert "Golden cross, Russell 2000 (^RUT): the 50-session average crossed above" in text
    assert "S&P 500: no list of members" in text


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["smalcap", "--out", "x.pdf"], 2, "did you mean smallcap?"),
        (["", "--out", "x.pdf"], 2, "choose smallcap or rotation"),
        (["smallcap"], 2, "Missing option '--out'"),
        (["smallcap", "--out", "nowhere/x.pdf"], 1, "there is no folder nowhere"),
        (["smallcap", "--out", "."], 1, "is a folder: name the file"),
        (["smallcap", "--out", "x.pdf", "--as-of", "1950-01-03"], 2, "there are no bars before"),
        (["smallcap", "--out", "x.pdf", "--as-of", "2999-01-03"], 2, "is in the future"),
    ],
)
def test_what_cannot_be_written_ends_in_one_line_and_leaves_no_file(cli, tmp_path, args, code, words):
    result = cli("briefing", *args)
    assert (result.code, result.out) == (code, "")
    assert result.is_one_line(), result.err
    assert words in result.err
    assert not list(tmp_path.iterdir())
