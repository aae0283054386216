"""What the loopback Discord puts into an HTTP answer, and how it reads what it was sent."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

FROM_DISCORD = {"Content-Type": "application/json", "Via": "1.1 loopback"}
INVALID_FORM_BODY = 50035
ENCODE = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Unreadable(Exception):
    """The body is no JSON."""


def answer(body: Any, status: int = 200) -> web.Response:
    """Return `body` as Discord's own servers would; a client takes an answer without ``Via`` for Cloudflare's."""
    return web.Response(body=ENCODE(body).encode(), status=status, headers=FROM_DISCORD)


def refusal(status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> web.Response:
    """Return a refusal with Discord's numeric `code`, and the nested `errors` where a form is at fault."""
    body: dict[str, Any] = {"message": message, "code": code}
    return answer(body | ({"errors": errors} if errors else {}), status)


def cloudflare(status: int = 429, retry_after_s: float | None = None) -> web.Response:
    """Return what stands before Discord says: no ``Via``, no JSON."""
    headers = {"Server": "cloudflare", "Content-Type": "text/html; charset=UTF-8"}
    if retry_after_s is not None:
        headers["Retry-After"] = f"{retry_after_s:g}"
    return web.Response(body=b"<!doctype html><title>Error 1015</title>", status=status, headers=headers)


async def read(request: web.Request) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the payload and the files of a request, plain or multipart."""
    try:
        if not request.content_type.startswith("multipart/"):
            return json.loads(await request.read() or b"{}"), {}
        payload: dict[str, Any] = {}
        files: dict[str, bytes] = {}
        async for part in await request.multipart():
            if part.name == "payload_json":
                payload = json.loads(await part.text())
            else:
                files[part.filename or part.name] = bytes(await part.read())
    except ValueError as error:
        raise Unreadable from error
    return payload, files
