"""The one way every HTTP request takes: counted, limited, refused or handled, delayed, logged."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from tests.wire.answers import Unreadable, answer, cloudflare, refusal
from tests.wire.faults import Faults
from tests.wire.ledger import INVALID, TOO_MANY, Ledger
from tests.wire.limits import EXEMPT, Limits
from tests.wire.shapes import TOKEN

API = "/api/v10"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Door:
    """Stands before the routes of the API; the gateway has a door of its own."""

    limits: Limits
    faults: Faults
    ledger: Ledger
    rang: Callable[[], None]
    clock: Callable[[], float] = time.monotonic
    token: str = TOKEN
    _templates: dict[web.AbstractResource, str] = field(default_factory=dict)

    def lead(self, app: web.Application, method: str, template: str, handler: Handler) -> None:
        """Add a route of the API."""
        route = app.router.add_route(method, API + template, handler)
        self._templates[route.resource] = template

    async def stand(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let `request` in, or not."""
        if not request.path.startswith("/api"):
            return await handler(request)
        arrived = self.clock()
        self.ledger.requests.append((request.method, request.path))
        template = self._templates.get(request.match_info.route.resource, "?")
        response = await self._answered(request, handler, template)
        if response.status in INVALID:
            self._note_invalid(request, response)
        self.ledger.log(arrived, request.method, template, response.status)
        self.rang()
        await self.faults.travel()
        return response

    async def _answered(self, request: web.Request, handler: Handler, template: str) -> web.StreamResponse:
        if self.limits.is_banned:
            return cloudflare()
        if instead := self.faults.before():
            return instead
        found, caller = request.match_info, request.headers.get("Authorization", "")
        major = found.get("channel") or found.get("guild") or found.get("token") or ""
        refused, told = self.limits.enter(request.method, template, major, caller)
        response = refused or self._stranger(caller, template) or await self._handled(request, handler)
        response.headers.update(told)
        return response

    def _stranger(self, caller: str, template: str) -> web.Response | None:
        if template.startswith(EXEMPT) or (caller == f"Bot {self.token}" and not self.faults.refuses_token):
            return None
        return answer({"message": "401: Unauthorized", "code": 0}, 401)

    async def _handled(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Unreadable:
            return refusal(400, 50109, "The request body contains invalid JSON.")
        except web.HTTPException as error:
            return answer({"message": f"{error.status}: {error.reason}", "code": 0}, error.status)

    def _note_invalid(self, request: web.Request, response: web.StreamResponse) -> None:
        is_ours = "Via" in response.headers
        scope = response.headers.get("X-RateLimit-Scope", "user" if is_ours else "cloudflare")
        channel = request.match_info.get("channel")
        self.ledger.log_invalid(response.status, scope, int(channel) if channel else None)
        if not self.limits.is_banned and not (response.status == TOO_MANY and scope == "shared"):
            self.limits.note_invalid()
