"""The ways a list is cut into pages. Takes what is to be listed, returns the envelope; decides nothing about the objects.

Source: section "pagination" of the definitions; addresses are relative, a page past the end is empty.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.emulator.refusal import bad

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.emulator.ask import Ask, Json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Paging:
    """How one operation pages: default and largest size, and the code for a page number that makes no sense."""

    maximum: int
    default: int = 25
    minimum: int = 1
    size: str = "pageSize"
    number_code: str = "invalid.query.param.value"


def same(entity: Any) -> Any:
    """The entity as it is, for lists of documents."""
    return entity


def numbered(ask: Ask, items: Sequence[T], show: Callable[[T], Any] = same, **more: Any) -> Json:
    """Page number, full: with total and pageCount, and addresses of first, last, next and previous page."""
    total = len(items)
    count = -(-total // ask.page_size)
    page = reduced(ask, items, show)
    page |= {"total": total, "pageCount": count, "lastUri": ask.uri(pageSize=ask.page_size, pageNumber=max(count, 1))}
    return page | more


def reduced(ask: Ask, items: Sequence[T], show: Callable[[T], Any] = same) -> Json:
    """Page number, reduced: no total, no pageCount, no lastUri; the last page is the one without nextUri."""
    size, number = ask.page_size, ask.page_number
    start = (number - 1) * size
    page: Json = {"entities": [show(one) for one in items[start : start + size]], "pageSize": size, "pageNumber": number}
    page |= {"firstUri": ask.uri(pageSize=size, pageNumber=1), "selfUri": ask.uri(pageSize=size, pageNumber=number)}
    if start + size < len(items):
        page["nextUri"] = ask.uri(pageSize=size, pageNumber=number + 1)
    if number > 1:
        page["previousUri"] = ask.uri(pageSize=size, pageNumber=number - 1)
    return page


def whole(ask: Ask, entities: list[Json]) -> Json:
    """Unpaged with a total."""
    return {"total": len(entities), "entities": entities, "selfUri": ask.uri()}


def opaque(ask: Ask, items: Sequence[T], show: Callable[[T], Any] = same) -> Json:
    """Opaque cursor; the last page has none. Source: `GET /users/query`; the last part is inferred."""
    start = read_cursor(ask.query.one("cursor"))
    entities = [show(one) for one in items[start : start + ask.page_size]]
    page: Json = {"entities": entities, "results": len(entities), "selfUri": ask.uri()}
    if start + ask.page_size < len(items):
        page["cursor"] = make_cursor(start + ask.page_size)
        page["nextUri"] = ask.uri(cursor=page["cursor"], pageSize=ask.page_size)
    return page


def sided(ask: Ask, items: Sequence[T], show: Callable[[T], Any] = same) -> Json:
    """Cursors before and after only inside the addresses; both at once is refused.

    Source: `GET /authorization/divisions/query`, 400 `both.after.and.before.provided`.
    """
    after, before = ask.query.one("after"), ask.query.one("before")
    if after and before:
        raise bad("both.after.and.before.provided", "Only one of after and before may be provided")
    size = ask.page_size
    start = max(0, read_cursor(before) - size) if before else read_cursor(after)
    page: Json = {"entities": [show(one) for one in items[start : start + size]], "selfUri": ask.uri()}
    if start + size < len(items):
        page["nextUri"] = ask.uri(after=make_cursor(start + size), before=None, pageSize=size)
    if start:
        page["previousUri"] = ask.uri(before=make_cursor(start), after=None, pageSize=size)
    return page


def cursors(ask: Ask, items: Sequence[Json], *, now: float, lifetime: float) -> Json:
    """Cursor object; a cursor dies after its lifetime in seconds.

    Source: `GET /externalcontacts/externalsources`, cursors live 24 h; `cursors.after` is missing on the last page (provider).
    """
    start = read_cursor(ask.query.one("cursor"), now=now)
    size = ask.page_size
    page: Json = {"entities": list(items[start : start + size]), "selfUri": ask.uri(), "cursors": {}}
    if start + size < len(items):
        after = page["cursors"]["after"] = make_cursor(start + size, now + lifetime)
        page["nextUri"] = ask.uri(cursor=after)
    if start:
        before = page["cursors"]["before"] = make_cursor(max(0, start - size), now + lifetime)
        page["previousUri"] = ask.uri(cursor=before)
    return page


def make_cursor(start: int, expires: float = 0.0) -> str:
    """An opaque text for a position; 0 never expires."""
    return urlsafe_b64encode(f"{start}:{expires}".encode()).decode().rstrip("=")


def read_cursor(text: str, now: float = 0.0) -> int:
    """The position; 0 for no cursor, 400 for one that is broken or has expired."""
    if not text:
        return 0
    try:
        start, _, expires = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(":")
        position, until = int(start), float(expires)
    except ValueError:
        raise bad("bad.request", "The cursor is not valid") from None
    if position < 0 or (until and until < now):
        raise bad("bad.request", "The cursor has expired")
    return position
