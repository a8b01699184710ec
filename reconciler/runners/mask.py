"""What of the people who call or write is kept from Genesys Cloud: numbers, addresses, names, subjects. Pure.

It is taken away on the way to what is told, and from the words people read about it; what is known of a conversation keeps the
native values, because rules and transfers go by them. Ids of conversations and tags stay as they are: by them they are found.

In free text, such as notes or the cause of a refusal, what is known to be secret is looked for, and whatever looks like a number
or an address; names are found there only where the same event says whose they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.model.interaction import Step
from reconciler.model.mapping import Mask
from reconciler.runners.conversation_legs import Conversation, Notice

STARS = "****"
_NUMBERS = frozenset({"ani", "dnis", "number", "from", "to", "cc", "bcc"})
_NAMES = frozenset({"ani_name", "dnis_name", "subject"})
_FREE = frozenset({"name", "ani_name", "dnis_name", "subject", "notes", "tags", "label", "info"})
_SHORTEST = 4  # signs of a value that is looked for in other texts: shorter ones are in everything
_LOOKS = re.compile(r"[^\s<>\"',;:]+@[^\s<>\"',;:]+|(?<!\d)(?!\d{4}-\d\d-\d\d(?!\d))\+?\d[\d ()./-]{5,}\d")
_DISPLAY = re.compile(r"^.*<([^<>]+)>\s*$", re.DOTALL)


def masked(notice: Notice, mask: Mask) -> Notice:
    """What is told instead."""
    if mask.numbers == "none" and not mask.names:
        return notice
    veiled = secrets([_is_named(notice.event, notice.said)], mask)
    said = {
        name: _veil(name, value, mask, veiled)
        for name, value in notice.said.items()
        if not _is_left_out(notice.event, name, mask)
    }
    return notice._replace(said=said)


def secrets(texts: Iterable[Mapping[str, Any]], mask: Mask) -> dict[str, str]:
    """What must not be read → what is read instead, of everything said in `texts`; the longest first."""
    found: dict[str, str] = {}
    for said in texts:
        for name, value in said.items():
            for one in value if isinstance(value, list | tuple) else (value,):
                if name in _NUMBERS and mask.numbers != "none":
                    found |= {str(one): _starred(str(one), mask), _bare(str(one)): _starred(str(one), mask)}
                elif name in _NUMBERS and mask.names:
                    found[str(one)] = _bare(str(one))
                elif mask.names and name in {*_NAMES, "customer"}:
                    found[str(one)] = STARS
    return {secret: found[secret] for secret in sorted(found, key=lambda one: (-len(one), one)) if len(secret) >= _SHORTEST}


def said_in(steps: Iterable[Step], conversation: Conversation) -> list[Mapping[str, Any]]:
    """What steps, and the transfers of a conversation, say that may have to be hidden."""
    goals = [{"number": one.goal} for one in conversation.commands.values() if one.target == "number"]
    return [*({**one.said, "customer": _customer(one)} for one in steps), *goals]


def hidden(text: str, veiled: Mapping[str, str], mask: Mask | None = None) -> str:
    """A text for people without what must not be read; with a mask of numbers, without whatever looks like one."""
    for secret, shown in veiled.items():
        text = text.replace(secret, shown)
    return text if mask is None or mask.numbers == "none" else _LOOKS.sub(lambda found: _starred(found[0], mask), text)


def _customer(step: Step) -> str:
    return str(step.said.get("name", "")) if step.said.get("party") == "customer" else ""


def _is_named(event: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**said, "customer": said["name"]} if event == "emailExternalEstablished" and "name" in said else said


def _is_left_out(event: str, name: str, mask: Mask) -> bool:
    return mask.names and (name in _NAMES or (name == "name" and event == "emailExternalEstablished"))


def _veil(name: str, value: Any, mask: Mask, veiled: Mapping[str, str]) -> Any:
    """A value as it is told; it keeps its form."""
    if isinstance(value, list | tuple):
        return [_veil(name, one, mask, veiled) for one in value]
    if isinstance(value, Mapping):
        return {key: _veil(name, one, mask, veiled) for key, one in value.items()}
    if name in _NUMBERS:
        return _starred(value, mask) if mask.numbers != "none" else _bare(value)
    return hidden(value, veiled, mask) if name in _FREE else value


def _starred(value: str, mask: Mask) -> str:
    """Stars, and the last four signs where they are asked for; of a short number fewer, so that half of it is hidden."""
    bare = _bare(value)
    kept = min(4, len(bare) // 2) if mask.numbers == "last4" else 0
    return STARS + bare[len(bare) - kept :]


def _bare(value: str) -> str:
    """A number or address without the name that stands before it: `Ann <a@b>` is `a@b`."""
    found = _DISPLAY.match(value)
    return found[1] if found else value
