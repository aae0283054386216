"""What a message may be: Discord's published limits, and the refusal that names each one that was broken.

Source: Discord docs, Message Resource (Create Message, Embed Limits) and Components, read 2026-11. The codes inside
`errors` are not published; they are those that clients report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from aiohttp import web

from tests.wire.answers import INVALID_FORM_BODY, refusal

CANNOT_SEND_EMPTY = 50006
COMPONENTS_V2 = 1 << 15
Fault = tuple[tuple[str | int, ...], str, str]
"""Where in the payload, which code, what is said."""


def refusal_of(
    payload: dict[str, Any], attachments: int, knows: Callable[[int], bool], *, may_be_empty: bool = False
) -> web.Response | None:
    """Return the refusal of a message; `knows` tells whether there is a message of that id to reply to."""
    if faults := [*_text(payload), *_embeds(payload), *_components(payload), *_others(payload, attachments, knows)]:
        return refusal(400, INVALID_FORM_BODY, "Invalid Form Body", nested(faults))
    if not may_be_empty and is_empty(payload, attachments):
        return refusal(400, CANNOT_SEND_EMPTY, "Cannot send an empty message")
    return None


def nested(faults: list[Fault]) -> dict[str, Any]:
    """Return `faults` as a tree along their paths, with ``_errors`` at its leaves."""
    tree: dict[str, Any] = {}
    for path, code, message in faults:
        leaf = tree
        for step in path:
            leaf = leaf.setdefault(str(step), {})
        leaf.setdefault("_errors", []).append({"code": code, "message": message})
    return tree


def is_empty(payload: dict[str, Any], attachments: int) -> bool:
    """Whether there is nothing to see."""
    seen = ("embeds", "components", "sticker_ids", "poll")
    is_forward = (payload.get("message_reference") or {}).get("type") == 1
    has_text = bool((payload.get("content") or "").strip())
    return not (has_text or attachments or is_forward or any(any(payload.get(name) or ()) for name in seen))


def _long(path: tuple[str | int, ...], limit: int) -> Fault:
    return path, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length."


def _missing(path: tuple[str | int, ...]) -> Fault:
    return path, "BASE_TYPE_REQUIRED", "This field is required"


def _text(payload: dict[str, Any]) -> Iterator[Fault]:
    if len(payload.get("content") or "") > 2000:
        yield _long(("content",), 2000)
    if len(str(payload.get("nonce") or "")) > 25:
        yield _long(("nonce",), 25)


def _embeds(payload: dict[str, Any]) -> Iterator[Fault]:
    embeds = payload.get("embeds") or []
    if len(embeds) > 10:
        yield _long(("embeds",), 10)
    total = 0
    for n, embed in enumerate(embeds):
        texts = [
            (("title",), embed.get("title"), 256),
            (("description",), embed.get("description"), 4096),
            (("footer", "text"), (embed.get("footer") or {}).get("text"), 2048),
            (("author", "name"), (embed.get("author") or {}).get("name"), 256),
        ]
        fields = embed.get("fields") or []
        if len(fields) > 25:
            yield _long(("embeds", n, "fields"), 25)
        for m, each in enumerate(fields):
            told = [(("fields", m, name), each.get(name), limit) for name, limit in (("name", 256), ("value", 1024))]
            yield from (_missing(("embeds", n, *path)) for path, text, _ in told if not (text or "").strip())
            texts += told
        # Leading and trailing blanks are trimmed before anything is measured.
        lengths = [(path, len((text or "").strip()), limit) for path, text, limit in texts]
        yield from (_long(("embeds", n, *path), limit) for path, length, limit in lengths if length > limit)
        total += sum(length for _, length, _ in lengths)
    if total > 6000:
        yield ("embeds",), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000"


def _components(payload: dict[str, Any]) -> Iterator[Fault]:
    rows = payload.get("components") or []
    is_layout = bool((payload.get("flags") or 0) & COMPONENTS_V2)
    if is_layout:
        yield from (_not_beside(name) for name in ("content", "embeds") if payload.get(name))
    elif len(rows) > 5:
        yield ("components",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."
    seen: set[str] = set()
    count = 0
    for count, (path, component) in enumerate(_walk(rows, ("components",)), 1):  # noqa: B007 - the last is the total
        inner = component.get("components") or []
        if component.get("type") == 1 and not 1 <= len(inner) <= 5:
            yield (*path, "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."
        if len(component.get("label") or "") > 80:
            yield _long((*path, "label"), 80)
        name = component.get("custom_id")
        if name is None:
            continue
        if not 1 <= len(name) <= 100:
            yield (*path, "custom_id"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."
        if name in seen:
            yield (*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
        seen.add(name)
    if is_layout and count > 40:
        yield _long(("components",), 40)


def _not_beside(name: str) -> Fault:
    return (name,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", f"{name} cannot be used with components v2"


def _walk(components: list[Any], path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    for n, component in enumerate(components):
        yield (*path, n), component
        yield from _walk(component.get("components") or [], (*path, n, "components"))
        if accessory := component.get("accessory"):
            yield (*path, n, "accessory"), accessory


def _others(payload: dict[str, Any], attachments: int, knows: Callable[[int], bool]) -> Iterator[Fault]:
    if attachments > 10:
        yield _long(("attachments",), 10)
    reference = payload.get("message_reference")
    if reference and reference.get("fail_if_not_exists", True) and not knows(int(reference.get("message_id") or 0)):
        yield ("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message"
