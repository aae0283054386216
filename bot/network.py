"""The proxy and certificates that the environment asks for, the same for Discord and for Yahoo.

curl and OpenSSL read some of these variables by themselves and aiohttp reads none; here they are read for both:
`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` and `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import (  # type: ignore[attr-defined]  # typeshed has the second for macOS alone
    getproxies_environment,
    proxy_bypass_environment,
)

if TYPE_CHECKING:
    import aiohttp

CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables that name a certificate bundle, the first one set wins."""


class NetworkError(Exception):
    """A proxy or certificate setting cannot be used: one line that says which and what to write instead."""


def ca_bundle() -> Path | None:
    """Return the file of certificates the environment names; None for the system's own.

    Raises
    ------
    NetworkError
        If the variable names no file.
    """
    for name in CA_VARIABLES:
        value = os.environ.get(name)
        if value:
            path = Path(value)
            if not path.is_file():
                raise NetworkError(f"{name} names {value}, which is not a file: correct the path or unset {name}")
            return path
    return None


def ssl_context() -> ssl.SSLContext:
    """Return a verifying context that trusts the bundle the environment names, or the system's.

    Raises
    ------
    NetworkError
        If the bundle is no file or holds no certificate.
    """
    bundle = ca_bundle()
    try:
        return ssl.create_default_context(cafile=bundle)
    except ssl.SSLError:
        raise NetworkError(f"{bundle} holds no certificate in PEM form: name another bundle") from None
    except OSError as error:
        raise NetworkError(
            f"the certificates in {bundle} cannot be read ({error.strerror}): name a bundle that can"
        ) from None


def proxy_for(host: str) -> str | None:
    """Return the URL of the proxy to reach `host` over TLS; None to go directly."""
    proxies = getproxies_environment()
    proxy = proxies.get("https") or proxies.get("all")
    if not proxy or proxy_bypass_environment(host, proxies):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def discord_proxy() -> str | None:
    """Return what to give discord.py as ``proxy=``; None to go directly.

    Raises
    ------
    NetworkError
        If the proxy is of a kind that aiohttp cannot speak to.
    """
    proxy = proxy_for("discord.com")
    if proxy is None:
        return None
    scheme = urlsplit(proxy).scheme.lower()
    if scheme not in {"http", "https"}:
        raise NetworkError(f"the connection to Discord cannot use a {scheme} proxy: set HTTPS_PROXY to an http:// one")
    return proxy


def discord_connector() -> aiohttp.TCPConnector:
    """Return what to give discord.py as ``connector=``; call it while the event loop runs, discord.py closes it.

    discord.py hands the connector's context to its requests and to the gateway's websocket alike.
    """
    import aiohttp

    return aiohttp.TCPConnector(limit=0, ssl=ssl_context())


def child_environment() -> dict[str, str]:
    """Return the environment for a process of our own: this one's, where it will also find our packages."""
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
