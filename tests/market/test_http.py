"""One GET through the proxy and with the certificates that the environment names."""

from __future__ import annotations

import pytest
import pytest_asyncio
from aiohttp import web

from bot.market import http
from bot.market.http import NoAnswer, client, get
from tests.wire.proxy import Proxy, certificates

HOST = "api.example.com"
ADDRESS = f"https://{HOST}/path"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest_asyncio.fixture
async def far(tmp_path, monkeypatch):
    """A server under a real name, behind a proxy the environment names with a password."""
    context, authority = certificates(tmp_path, HOST)

    async def serve(request: web.Request) -> web.Response:
        if "long" in request.query:
            return web.Response(body=b"x" * 5_000)
        return web.Response(text=f"{request.query.get('q', '')} {request.headers.get('Authorization', '')}")

    app = web.Application()
    app.router.add_get("/path", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    proxy = Proxy({HOST: runner.addresses[0][1]})
    await proxy.start()
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:password@127.0.0.1:{proxy.port}")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    yield proxy
    await proxy.stop()
    await runner.cleanup()


async def asked(address=ADDRESS, **params):
    async with client(2.0) as session:
        return await get(session, address, params=params, headers={"Authorization": "Token key"})


async def refused(address=ADDRESS, **params):
    with pytest.raises(NoAnswer) as caught:
        await asked(address, **params)
    assert "password" not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_an_answer_comes_through_the_proxy_with_its_certificates(far):
    answer = await asked(q="1")
    assert (answer.status, answer.body) == (200, b"1 Token key")
    assert far.connects == [HOST]


async def test_a_proxy_that_does_not_know_the_host_is_told(far):
    assert await refused("https://elsewhere.example.com/x") == "the proxy to elsewhere.example.com answered 502"


async def test_a_proxy_that_is_not_there_is_told(far, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:password@127.0.0.1:9")
    assert await refused() == f"the proxy to {HOST} cannot be reached (Connection refused)"


async def test_a_certificate_nobody_vouches_for_is_told(far, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "is not trusted: set SSL_CERT_FILE" in await refused()


async def test_a_proxy_of_a_kind_that_cannot_be_used_is_told(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "socks5://user:password@127.0.0.1:9")
    assert await refused() == f"{HOST} cannot be reached through a socks5 proxy: set HTTPS_PROXY to an http:// one"


async def test_an_answer_without_end_is_cut_off(far, monkeypatch):
    monkeypatch.setattr(http, "LARGEST_BYTES", 1_000)
    assert "is longer than" in await refused(long="1")
