"""``smallcap`` as it is, but a claim holds for seconds and not a minute: for tests that kill it and start it again."""

from __future__ import annotations

from functools import partial

from bot import app, live
from bot.__main__ import main
from bot.alerts.pace import Pace

if __name__ == "__main__":
    app.Pace = partial(Pace, lease_s=3.0)
    live.FIRST_REST_S = 0.2
    main()
