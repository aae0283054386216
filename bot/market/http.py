"""One GET over the network: through the environment's proxy, an answer of bounded size, every fault in one line."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.network import NetworkError, proxy_for, ssl_context

if TYPE_CHECKING:
    import aiohttp

LARGEST_BYTES = 32_000_000
"""A longer answer is none we have asked for; forty years of one symbol are a tenth of it."""


class NoAnswer(Exception):
    """There was no answer: one line that says why, with neither keys nor passwords in it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@asynccontextmanager
async def client(timeout_s: float, silence_s: float | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    """Open what requests go through, each of which may take `timeout_s`, and `silence_s` from one piece to the next.

    Raises
    ------
    NoAnswer
        If the certificates the environment names cannot be used.
    """
    import aiohttp

    try:
        connector = aiohttp.TCPConnector(ssl=ssl_context())
    except NetworkError as error:
        raise NoAnswer(str(error)) from None
    limits = aiohttp.ClientTimeout(total=timeout_s, sock_connect=silence_s, sock_read=silence_s)
    # No cookies: what one answer sets says nothing to the next.
    async with aiohttp.ClientSession(
        connector=connector, timeout=limits, cookie_jar=aiohttp.DummyCookieJar()
    ) as opened:
        yield opened


async def get(
    session: aiohttp.ClientSession,
    address: str,
    *,
    params: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    largest: int = 0,
) -> Answer:
    """Return the answer of `address`; redirects are not followed, a key in `headers` goes nowhere else.

    Raises
    ------
    NoAnswer
        If none came, or a longer one than anything that was asked for.
    """
    import aiohttp

    where = urlsplit(address)
    host = where.hostname or address
    proxy = _proxy(host) if where.scheme == "https" else None
    try:
        async with session.get(address, params=params, headers=headers, proxy=proxy, allow_redirects=False) as response:
            body = await _body(response, host, largest or LARGEST_BYTES)
            return Answer(response.status, response.headers.copy(), body)
    except TimeoutError:
        patience_s = session.timeout.sock_read or session.timeout.total
        raise NoAnswer(f"no answer from {host} within {patience_s:g} s") from None
    except aiohttp.ClientError as error:
        raise NoAnswer(_words(error, host)) from None


def _proxy(host: str) -> str | None:
    proxy = proxy_for(host)
    if proxy is not None and urlsplit(proxy).scheme.lower() not in {"http", "https"}:
        kind = urlsplit(proxy).scheme
        raise NoAnswer(f"{host} cannot be reached through a {kind} proxy: set HTTPS_PROXY to an http:// one")
    return proxy


async def _body(response: aiohttp.ClientResponse, host: str, largest: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(1 << 16):
        size += len(part)
        if size > largest:
            raise NoAnswer(f"the answer of {host} is longer than {largest // 1_000_000} MB")
        parts.append(part)
    return b"".join(parts)


def _words(error: aiohttp.ClientError, host: str) -> str:
    """Return `error` in words of our own: those of the library may hold the proxy's address with its password."""
    import aiohttp

    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy to {host} answered {error.status}"
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"the proxy to {host} cannot be reached ({_reason(error)})"
    if isinstance(error, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError)):
        return f"the certificate of {host} is not trusted: set SSL_CERT_FILE where a proxy has its own"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection to {host} ({_reason(error)})"
    return f"the connection to {host} broke ({type(error).__name__})"


def _reason(error: aiohttp.ClientConnectorError) -> str:
    fault = error.os_error
    if fault.errno is not None and fault.errno in errno.errorcode:
        return os.strerror(fault.errno)  # asyncio puts the address into its own words
    return fault.strerror or type(fault).__name__
