"""Listings in all their variants over a Send that is a function."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import errors
from reconciler.api.pages import Reader
from reconciler.model.call import Answer, Call, Listing
from reconciler.model.resource import Proof

Page = Callable[[Mapping[str, Any]], Any]
COMPLETE = Proof()


class Server:
    """A Send that answers a page for a query and remembers what was asked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[dict[str, Any]] = []
        self.under_way = self.peak = 0

    async def __call__(self, call: Call) -> Answer:
        self.asked.append(dict(call.query))
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        for _ in range(3 - len(self.asked) % 3):  # later pages may answer first
            await asyncio.sleep(0)
        self.under_way -= 1
        body = self.page(call.query)
        if isinstance(body, Exception):
            raise body
        return Answer(200, body if isinstance(body, bytes) else orjson.dumps(body))


def read(page: Page, listing: Listing, ahead: int = 4) -> tuple[list[list[dict[str, Any]]], Proof, Server]:
    """The pages taken, the proof, and the server that was asked."""
    server, taken = Server(page), []
    proof = asyncio.run(Reader(server, ahead=ahead).pages(listing, taken.append))
    return taken, proof, server


def ids(taken: list[list[dict[str, Any]]]) -> list[str]:
    return [entity["id"] for page in taken for entity in page]


def items(count: int) -> list[dict[str, Any]]:
    return [{"id": f"i{number}"} for number in range(count)]


def numbered(entities: list[dict[str, Any]], **more: Any) -> Page:
    def page(query: Mapping[str, Any]) -> Any:
        size, start = query["pageSize"], (query["pageNumber"] - 1) * query["pageSize"]
        body = {"entities": entities[start : start + size], "pageSize": size, "total": len(entities)}
        return body | {"pageCount": -(-len(entities) // size)} | more

    return page


def reduced(entities: list[dict[str, Any]]) -> Page:
    def page(query: Mapping[str, Any]) -> Any:
        size, start = query["pageSize"], (query["pageNumber"] - 1) * query["pageSize"]
        body: dict[str, Any] = {"entities": entities[start : start + size], "pageSize": size}
        return body | ({"nextUri": "/api/v2/list?pageNumber=9"} if start + size < len(entities) else {})

    return page


def scim(entities: list[dict[str, Any]]) -> Page:
    def page(query: Mapping[str, Any]) -> Any:
        part = entities[query["startIndex"] - 1 :][: query["count"]]
        return {"Resources": part, "totalResults": len(entities), "startIndex": query["startIndex"], "itemsPerPage": len(part)}

    return page


def tokens(entities: list[dict[str, Any]], size: str, name: str, lead: Callable[[str], dict[str, Any]]) -> Page:
    def page(query: Mapping[str, Any]) -> Any:
        start = int(query.get(name, 0))
        end = start + query[size]
        return {"entities": entities[start:end]} | (lead(str(end)) if end < len(entities) else {})

    return page


def variants(entities: list[dict[str, Any]]) -> dict[str, Page]:
    """A well-behaved server for every variant that has pages."""
    return {
        "numbered": numbered(entities),
        "open": reduced(entities),
        "scim": scim(entities),
        "cursor": tokens(entities, "pageSize", "cursor", lambda end: {"cursor": end, "nextUri": "/x"}),
        "cursors": tokens(entities, "limit", "cursor", lambda end: {"cursors": {"before": "0", "after": end}}),
        "uri": tokens(entities, "pageSize", "after", lambda end: {"nextUri": f"https://evil.test/x?after={end}&name=z"}),
    }


PAGED = sorted(variants([]))


@pytest.mark.parametrize("variant", PAGED)
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 55])
def test_every_variant_is_read_to_its_end_in_the_fewest_requests(variant: str, count: int) -> None:
    taken, proof, server = read(variants(items(count))[variant], Listing("/api/v2/list", variant, size=10))

    assert ids(taken) == [entity["id"] for entity in items(count)]
    assert proof == COMPLETE
    assert len(server.asked) == max(1, -(-count // 10))


@given(st.sampled_from(PAGED), st.integers(0, 60), st.integers(1, 12), st.integers(1, 6))
def test_any_size_hands_over_everything_once(variant: str, count: int, size: int, ahead: int) -> None:
    taken, proof, _ = read(variants(items(count))[variant], Listing("/api/v2/list", variant, size=size), ahead)

    assert (ids(taken), proof) == ([entity["id"] for entity in items(count)], COMPLETE)


def test_the_query_of_a_listing_goes_with_every_page() -> None:
    listing = Listing("/api/v2/list", "numbered", query={"expand": ["skills"], "state": "active"}, size=2)

    _, _, server = read(numbered(items(3)), listing)

    assert server.asked == [
        {"expand": ["skills"], "state": "active", "pageSize": 2, "pageNumber": 1},
        {"expand": ["skills"], "state": "active", "pageSize": 2, "pageNumber": 2},
    ]


def test_a_next_uri_leads_on_by_its_cursor_alone() -> None:
    _, _, server = read(variants(items(3))["uri"], Listing("/api/v2/list", "uri", query={"name": "a"}, size=2))

    assert server.asked[1] == {"name": "a", "pageSize": 2, "after": "2"}


def test_numbered_pages_are_fetched_ahead_within_bounds() -> None:
    _, _, server = read(numbered(items(100)), Listing("/api/v2/list", size=5), ahead=3)

    assert server.peak == 3
    assert len(server.asked) == 20


@pytest.mark.parametrize(("variant", "body"), [("whole", {"total": 2, "entities": items(2)}), ("array", items(2))])
def test_an_unpaged_list_is_one_request(variant: str, body: Any) -> None:
    taken, proof, server = read(lambda _query: body, Listing("/api/v2/list", variant, query={"deactivated": "FALSE"}))

    assert (taken, proof) == ([items(2)], COMPLETE)
    assert server.asked == [{"deactivated": "FALSE"}]


def test_a_single_object_is_a_list_of_one() -> None:
    taken, proof, _ = read(lambda _query: {"id": "home"}, Listing("/api/v2/authorization/divisions/home", "single"))

    assert (taken, proof) == ([[{"id": "home"}]], COMPLETE)


def test_entities_without_an_id_are_all_taken() -> None:
    pairs = [{"authority": "a"}, {"authority": "a"}]

    assert read(lambda _query: pairs, Listing("/api/v2/list", "array"))[0] == [pairs]


def test_a_missing_page_count_means_one() -> None:
    taken, proof, _ = read(numbered(items(3), pageCount=None), Listing("/api/v2/list", size=5))

    assert (len(ids(taken)), proof) == (3, COMPLETE)


def test_a_missing_page_count_proves_nothing_when_more_was_promised() -> None:
    _, proof, _ = read(numbered(items(9), pageCount=None), Listing("/api/v2/list", size=5))

    assert proof == Proof(complete=False, reason="5 of 9 were handed out")


def test_a_smaller_page_size_of_the_service_is_followed() -> None:
    def clamped(query: Mapping[str, Any]) -> Any:
        return numbered(items(25))({**query, "pageSize": min(10, query["pageSize"])})

    taken, proof, server = read(clamped, Listing("/api/v2/list", size=500))

    assert (len(ids(taken)), proof) == (25, COMPLETE)
    assert [query["pageSize"] for query in server.asked] == [500, 10, 10]


def changing(page: Page, **changes: Callable[[Any], Any]) -> Page:
    """The server, with the body of page number `pN` changed."""

    def changed(query: Mapping[str, Any]) -> Any:
        change = changes.get(f"p{query['pageNumber']}", lambda body: body)
        return change(page(query))

    return changed


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"p2": lambda b: b | {"entities": b["entities"][:-1]}}, "a page of 1 instead of 2 before the end"),
        ({"p3": lambda b: b | {"entities": []}}, "4 of 5 were handed out"),
        ({"p2": lambda b: b | {"total": 6}}, "total moved from 5 to 6 while reading"),
        ({"p1": lambda b: b | {"total": None}}, "an answer without total"),
        ({"p2": lambda b: b | {"entities": None}}, "an answer without entities"),
        ({"p2": lambda b: b | {"entities": items(2)}}, "a page before the end brought nothing new"),
        ({"p3": lambda b: b | {"entities": items(1)}}, "4 of 5 were handed out"),
    ],
)
def test_a_numbered_list_that_contradicts_itself_proves_nothing(changes: Any, reason: str) -> None:
    taken, proof, _ = read(changing(numbered(items(5)), **changes), Listing("/api/v2/list", size=2))

    assert proof == Proof(complete=False, reason=reason)
    assert len(set(ids(taken))) == len(ids(taken))


@pytest.mark.parametrize(
    ("variant", "body", "reason"),
    [
        ("whole", {"entities": []}, "an answer without total"),
        ("whole", {"entities": items(1), "total": 2}, "1 of 2 were handed out"),
        ("open", {}, "an answer without entities"),
        ("open", {"entities": [], "nextUri": "/x"}, "a page of 0 instead of 100 before the end"),
        ("cursor", {"entities": items(100), "results": 101}, "a page said it has 101 and had 100"),
        ("cursor", {"entities": items(3), "cursor": "same"}, "a page of 3 instead of 100 before the end"),
        ("uri", {"entities": items(100), "nextUri": "/x?before=1"}, "a nextUri that does not say where to go on"),
        ("scim", {"Resources": []}, "an answer without totalResults"),
        ("scim", {"Resources": [], "totalResults": 3}, "a page before the end brought nothing new"),
    ],
)
def test_a_list_that_breaks_off_proves_nothing(variant: str, body: Any, reason: str) -> None:
    assert read(lambda _query: body, Listing("/api/v2/list", variant))[1] == Proof(complete=False, reason=reason)


def test_a_cursor_that_leads_back_ends_the_read() -> None:
    pages = iter(range(100))

    def page(_query: Mapping[str, Any]) -> Any:
        return {"entities": [{"id": str(next(pages))}], "cursor": "again"}

    _, proof, server = read(page, Listing("/api/v2/list", "cursor", size=1))

    assert proof == Proof(complete=False, reason="a cursor led back to the same page")
    assert len(server.asked) == 2


@pytest.mark.parametrize("variant", ["numbered", "open"])
def test_the_last_page_a_service_hands_out_proves_nothing(variant: str) -> None:
    listing = Listing("/api/v2/list", variant, size=2, cap=2)

    taken, proof, server = read(variants(items(9))[variant], listing)

    assert proof == Proof(complete=False, reason="the service hands out 2 pages at most")
    assert (len(ids(taken)), len(server.asked)) == (4, 2)


def test_a_list_below_its_cap_is_complete() -> None:
    assert read(numbered(items(2)), Listing("/api/v2/list", size=2, cap=2))[1] == COMPLETE


def too_large() -> errors.Rejected:
    return errors.Rejected("GET /api/v2/list", 400, "response.entity.too.large", "too large")


@pytest.mark.parametrize("name", ["id", "authority"])
@pytest.mark.parametrize("variant", PAGED)
def test_a_page_that_is_too_large_is_read_in_smaller_ones_without_a_repetition(variant: str, name: str) -> None:
    """From the second page on, only three at a time get through; pages begin where the last one ended, with an id or without."""
    entities = [{name: str(number)} for number in range(20)]
    page = variants(entities)[variant]

    def strict(query: Mapping[str, Any]) -> Any:
        size = query.get("pageSize") or query.get("limit") or query["count"]
        first = query.get("pageNumber", 1) == 1 and query.get("startIndex", 1) == 1 and not query.keys() & {"cursor", "after"}
        return page(query) if first or size <= 3 else too_large()

    taken, proof, server = read(strict, Listing("/api/v2/list", variant, size=9))

    assert ([entity for part in taken for entity in part], proof) == (entities, COMPLETE)
    assert max((query.get("pageNumber", 0) for query in server.asked if query.get("pageSize") == 3), default=0) <= 7


@pytest.mark.parametrize("variant", ["numbered", "whole"])
def test_a_page_that_cannot_get_smaller_fails(variant: str) -> None:
    with pytest.raises(errors.Rejected, match="too large"):
        read(lambda _query: too_large(), Listing("/api/v2/list", variant, size=4))


def test_a_listing_we_may_not_see_raises() -> None:
    refused = errors.NotAuthorised("GET /api/v2/list", 403, "missing.permissions", "no")

    with pytest.raises(errors.NotAuthorised):
        read(lambda _query: refused, Listing("/api/v2/list"))


def test_a_failing_page_ends_those_fetched_ahead() -> None:
    async def run() -> int:
        page = changing(numbered(items(100)), p3=lambda _body: errors.Rejected("GET /x", 400, "bad.request", "no"))
        server = Server(page)
        with pytest.raises(errors.Rejected):
            await Reader(server).pages(Listing("/api/v2/list", size=5), lambda _page: None)
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"3", b"", b'{"entities": {}}', b'{"entities": [3], "total": 1}', b'{"entities": [{"id": {}}]}']
)
def test_an_answer_that_is_no_list_is_an_error(body: bytes) -> None:
    with pytest.raises(errors.Unavailable, match="no list as described"):
        read(lambda _query: body, Listing("/api/v2/list"))


def test_an_error_of_the_taker_is_its_own() -> None:
    def take(_entities: list[dict[str, Any]]) -> None:
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        asyncio.run(Reader(Server(numbered(items(1)))).pages(Listing("/api/v2/list"), take))


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_rests_while_a_page_is_taken(enabled: bool) -> None:
    before, during = gc.isenabled(), []
    (gc.enable if enabled else gc.disable)()
    try:
        server = Server(numbered(items(3)))
        asyncio.run(Reader(server).pages(Listing("/api/v2/list", size=1), lambda _page: during.append(gc.isenabled())))
        after = gc.isenabled()
    finally:
        (gc.enable if before else gc.disable)()

    assert (during, after) == ([False] * 3, enabled)


def test_a_reader_refuses_to_write() -> None:
    server = Server(numbered([]))

    with pytest.raises(ValueError, match="a reader must not"):
        asyncio.run(Reader(server).get(Call("DELETE", "/api/v2/users/{userId}", {"userId": "u"})))

    assert not server.asked


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v2/users/me"), ("POST", "/api/v2/users/search")])
def test_a_reader_passes_reads_on(method: str, path: str) -> None:
    answer = asyncio.run(Reader(Server(lambda _query: {"ok": 1})).get(Call(method, path, query={"pageNumber": 1})))

    assert answer.json() == {"ok": 1}


def test_a_reader_has_nothing_public_but_reading() -> None:
    assert [name for name in vars(Reader) if not name.startswith("_")] == ["get", "pages"]
