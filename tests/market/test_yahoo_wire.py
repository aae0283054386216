from __future__ import annotations

import json
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.market.types import Status
from bot.market.yahoo_wire import FIELDS, LENGTHS, Answer, Done, Job

answers = st.builds(
    Answer,
    symbol=st.text(min_size=1, max_size=20),
    status=st.sampled_from(Status),
    detail=st.text(max_size=50),
    last_session=st.none() | st.dates(),
    name=st.text(max_size=20),
    poisoned=st.booleans(),
    bars=st.none() | st.integers(1, 40).map(lambda n: np.random.default_rng(n).normal(size=(len(FIELDS), n))),
)


def unframed(piece: bytes) -> tuple[dict, bytes]:
    head, body = LENGTHS.unpack_from(piece)
    assert len(piece) == LENGTHS.size + head + body
    return json.loads(piece[LENGTHS.size : LENGTHS.size + head]), piece[LENGTHS.size + head :]


@given(answers)
def test_an_answer_crosses_the_pipe_unchanged(answer):
    read = Answer.read(*unframed(answer.frame()))
    for name in ("symbol", "status", "detail", "last_session", "name", "poisoned"):
        assert getattr(read, name) == getattr(answer, name)
    if answer.bars is None:
        assert read.bars is None
    else:
        np.testing.assert_array_equal(read.bars, answer.bars)


def test_a_job_crosses_the_pipe_unchanged():
    job = Job(("^RUT", "IWM"), np.array(["2025-08-06", "2025-08-07"], dtype="datetime64[D]"))
    read = Job.read(job.line())
    assert read.symbols == job.symbols
    assert read.sessions.tolist() == [date(2025, 8, 6), date(2025, 8, 7)]


def test_the_last_frame_says_whether_asking_on_makes_sense():
    done = Done(Status.THROTTLED, "Yahoo answered 429")
    assert Done.read(unframed(done.frame())[0]) == done
    assert Done.read(unframed(Done().frame())[0]).stop is None
