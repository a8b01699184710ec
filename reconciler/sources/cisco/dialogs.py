"""Documents of Finesse → whole states of voice dialogs. What they mean is not known here.

A dialog stands in an answer to GET Dialog or GET Dialogs, or in a notification to one of its users; notifications may be wrapped
and may come as text inside text.

Source: Dialog, Dialog API parameters and Dialog Notification, Finesse developer guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from reconciler.formats import xml
from reconciler.formats.xml import Element

OVER = frozenset({"DROPPED", "FAILED", "WRAP_UP"})
"""States of a participant who is in the call no more."""
ENDED = frozenset({"DROPPED", "FAILED"})
"""States of a dialog that is over."""

_ID = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_DEPTH = 4  # documents inside the text of documents
_SEATS = 50  # participants of a dialog; a bridge takes fewer
_LONG = 200  # signs of a text
_AGENTS = frozenset({"AGENT_DEVICE", "AGENT"})


class Found(NamedTuple):
    """A dialog in a document, whose user was told of it (`viewer`, empty: nobody's), and by which event."""

    element: Element
    viewer: str
    event: str


def documents(record: bytes) -> Element:
    """The root of a document. Raises `ValueError`."""
    root = xml.read(record, file="record")
    if not isinstance(root, Element):
        raise ValueError(str(root))  # noqa: TRY004 - it is input, not code
    return root


def found(element: Element, depth: int = 0, path: str = "", event: str = "") -> Iterator[Found]:
    """The dialogs in a document, in their order. Raises `ValueError`."""
    name = element.name.lower()
    if name == "dialog":
        yield Found(element, viewer(path), event)
        return
    if name == "update":
        path, event = element.say("source"), element.say("event").upper()
        inner = list(_within(element, depth, path, event))
        parts = path.strip("/").split("/")
        if not inner and event == "DELETE" and len(parts) > 1 and parts[-2].lower() == "dialog":
            inner = [Found(Element("Dialog", children=[Element("id", parts[-1]), Element("state", "DROPPED")]), "", event)]
        yield from inner
        return
    yield from _within(element, depth, path, event)


def _within(element: Element, depth: int, path: str, event: str) -> Iterator[Found]:
    if element.text.startswith("<"):
        if depth >= _DEPTH:
            raise ValueError(f"documents inside documents more than {_DEPTH} times")
        yield from found(documents(element.text.encode()), depth + 1, path, event)
    for child in element.children:
        yield from found(child, depth, path, event)


def users(element: Element, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Extension and loginId of the users in a document."""
    if element.name.lower() == "user" and element.say("extension") and element.say("loginId"):
        yield _text(element, "extension"), _text(element, "loginId")
    if element.text.startswith("<") and depth < _DEPTH:
        yield from users(documents(element.text.encode()), depth + 1)
    for child in element.children:
        yield from users(child, depth)


def viewer(path: str) -> str:
    """The loginId behind `User/` in a path; empty where there is none."""
    parts = path.strip("/").split("/")
    users_ = [at for at, part in enumerate(parts[:-1]) if part.lower() == "user"]
    login = parts[users_[-1] + 1] if users_ else ""
    return login if login.isprintable() and len(login) <= _LONG else ""


def dialog(one: Found, at: Callable[[str], int]) -> dict[str, Any]:
    """What a dialog says, as JSON; `at` reads times. Raises `ValueError`.

    `seats` are its participants as [address, whether an agent's, state, since], times in milliseconds, 0 where none is told.
    """
    element = one.element
    media = element.child("mediaProperties") or Element("")
    items = media.child("wrapUpItems") or Element("")
    return {
        "dialog": dialog_id(element.say("id")),
        "viewer": one.viewer,
        "gone": one.event == "DELETE",
        "call": _text(media, "callType").upper(),
        "from": _text(element, "fromAddress"),
        "to": _text(element, "toAddress"),
        "dialled": _text(media, "DNIS") or _text(media, "dialedNumber"),
        "queue": _text(media, "queueName") or _text(media, "queueNumber"),
        "code": _text(media, "wrapUpReason") or _text(items, "wrapUpItem"),
        "state": _text(element, "state").upper(),
        "seats": _seats(element.child("participants") or Element(""), at),
    }


def dialog_id(text: str) -> str:
    """The id of a dialog. Raises `ValueError`."""
    if not _ID.fullmatch(text):
        raise ValueError(f"a dialog without an id: {text[:40]!r}; expected such as 16805646")
    return text


def others(element: Element) -> Sequence[str]:
    """Ids of the dialogs that this one belongs with: the one it was begun from, and the one it took over."""
    uri = element.say("associatedDialogUri").strip("/").rsplit("/", 1)[-1]
    return [text for text in (uri, element.say("secondaryId")) if _ID.fullmatch(text)]


def begun(element: Element, at: Callable[[str], int]) -> int:
    """When the first participant came; 0 where nobody says."""
    seats = element.child("participants") or Element("")
    return min((moment for one in seats.children if (moment := _moment(one, "startTime", at))), default=0)


def _seats(element: Element, at: Callable[[str], int]) -> list[list[Any]]:
    if len(element.children) > _SEATS:
        raise ValueError(f"a dialog of more than {_SEATS} participants")
    seats = []
    for one in element.children:
        address, state = _text(one, "mediaAddress"), _text(one, "state").upper()
        if not address or not state:
            raise ValueError("a participant without mediaAddress or state")
        is_agent = _text(one, "mediaAddressType").upper() in _AGENTS
        seats.append([address, is_agent, state, _moment(one, "stateChangeTime", at) or _moment(one, "startTime", at)])
    return seats


def _moment(element: Element, name: str, at: Callable[[str], int]) -> int:
    text = element.say(name)
    return at(text) if text and text.lower() != "null" else 0


def _text(element: Element, name: str) -> str:
    return "".join(sign for sign in element.say(name)[:_LONG] if sign.isprintable())
