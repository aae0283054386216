"""The Yahoo on loopback that a module of tests shares, with the environment that leads the source to it."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.market.yahoo_server import YahooServer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def yahoo(tmp_path_factory):
    server = YahooServer()
    await server.start(tmp_path_factory.mktemp("authority"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NO_PROXY", raising=False)
        patch.delenv("no_proxy", raising=False)
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server
    await server.stop()
