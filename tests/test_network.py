from __future__ import annotations

import os
import ssl
import subprocess
import sys

import pytest
from aiohttp import ClientSession, web

from bot.network import (
    NetworkError,
    ca_bundle,
    child_environment,
    discord_connector,
    discord_proxy,
    proxy_for,
    ssl_context,
)
from tests.wire.proxy import Proxy, certificates

VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy")


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in (*VARIABLES, "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def test_without_variables_everything_goes_directly_and_trusts_the_system():
    assert discord_proxy() is None
    assert ca_bundle() is None
    assert ssl_context().verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_each_name_of_the_proxy_is_honoured(monkeypatch, name):
    monkeypatch.setenv(name, "http://proxy.example:3128")
    assert discord_proxy() == "http://proxy.example:3128"


def test_the_proxy_for_tls_stands_above_the_one_for_everything(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "http://all.example:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://tls.example:2")
    assert discord_proxy() == "http://tls.example:2"


def test_a_proxy_without_a_scheme_is_an_http_one(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    assert discord_proxy() == "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("excepted", "is_direct"), [("discord.com", True), (".com", True), ("*", True), ("example.com", False)]
)
def test_hosts_that_need_no_proxy_are_reached_directly(monkeypatch, excepted, is_direct):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", excepted)
    assert (proxy_for("discord.com") is None) is is_direct


def test_a_proxy_that_cannot_be_used_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://proxy.example:1080")
    with pytest.raises(NetworkError, match="cannot use a socks5 proxy: set HTTPS_PROXY"):
        discord_proxy()


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_each_name_of_the_bundle_is_honoured_and_checked(monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, str(tmp_path / "missing.pem"))
    with pytest.raises(NetworkError, match=f"{name} names .*missing.pem, which is not a file"):
        ssl_context()
    _, authority = certificates(tmp_path, "discord.com")
    monkeypatch.setenv(name, str(authority))
    assert ca_bundle() == authority
    assert len(ssl_context().get_ca_certs()) == 1


def test_a_bundle_without_certificates_is_refused(monkeypatch, tmp_path):
    (tmp_path / "empty.pem").write_text("nothing")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "empty.pem"))
    with pytest.raises(NetworkError, match="holds no certificate"):
        ssl_context()


async def test_the_connector_reaches_a_host_through_the_proxy_and_trusts_the_bundle(monkeypatch, tmp_path):
    context, authority = certificates(tmp_path, "discord.com")

    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    proxy = Proxy({"discord.com": runner.addresses[0][1]})
    await proxy.start()
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    async with (
        ClientSession(connector=discord_connector()) as session,
        session.get("https://discord.com/", proxy=discord_proxy()) as response,
    ):
        assert await response.text() == "hello"
    assert proxy.connects == ["discord.com"]
    await proxy.stop()
    await runner.cleanup()


def test_a_child_process_finds_our_packages_and_keeps_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    environment = child_environment()
    assert environment["PYTHONPATH"].split(os.pathsep)[1] == str(tmp_path)
    subprocess.run([sys.executable, "-c", "import bot, signals"], env=environment, cwd=tmp_path, check=True)
