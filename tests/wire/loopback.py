"""How a client in the same process, or one started for it, reaches the loopback Discord without a proxy."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult


class _Loopback(AbstractResolver):
    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del port, family  # every name leads to one door
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=self._port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing is held."""


def resolver(port: int) -> AbstractResolver:
    """Return a resolver that sends every host to ``127.0.0.1:port``."""
    return _Loopback(port)


def connector(port: int, ca_path: Path) -> aiohttp.TCPConnector:
    """Return what to give discord.py as ``connector=``; call it while the event loop runs, its session closes it."""
    context = ssl.create_default_context(cafile=str(ca_path))
    return aiohttp.TCPConnector(resolver=resolver(port), ssl=context, limit=0)
