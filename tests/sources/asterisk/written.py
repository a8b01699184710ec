"""Rows of CEL and of a queue log from short texts, as Asterisk writes them down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import orjson
from hypothesis import strategies as st

START = 1_790_000_000
COLUMNS = (
    *("id", "eventtype", "eventtime", "cid_name", "cid_num", "exten", "context", "channame", "uniqueid", "linkedid", "peer"),
    "extra",
)

PHONE_TRANSFERS = """
10 CHAN_START SIP/1001-4 of=c4/c4 context=internal cid_num=1001 exten=1002
10.1 CHAN_START SIP/1002-5 of=c5/c4 context=internal cid_num=1002 exten=s
12 ANSWER SIP/1002-5 of=c5/c4
20.4 HANGUP SIP/1001-2 of=c2/c1
20.5 HANGUP SIP/1001-4<ZOMBIE> of=c1/c1
40.1 HANGUP SIP/1002-5 of=c5/c1
40.2 HANGUP SIP/trunk-1 of=c4/c1
"""
"""Up to 11, a telephone that transfers after asking: no row says so, but the second call goes on in the first."""


def cells(text: str) -> list[dict[str, str]]:
    """`SECONDS EVENT channel column=value …` a line → rows. Unique and linked ids are `c1` unless `of=unique/linked` says else.

    What names no column of a table stands in `extra`.
    """
    found = []
    for number, line in enumerate(filter(None, text.splitlines()), 1):
        second, event, channel, *words = line.split()
        said = dict(word.split("=", 1) for word in words)
        unique, _, linked = said.pop("of", "c1").partition("/")
        at = datetime.fromtimestamp(START + float(second), UTC).isoformat(" ").removesuffix("+00:00")
        row = dict.fromkeys(COLUMNS, "")
        row |= {
            "id": str(number),
            "eventtype": event,
            "eventtime": at,
            "channame": channel,
            "uniqueid": unique,
            "linkedid": linked or "c1",
        }
        row |= {name: said.pop(name) for name in list(said) if name in COLUMNS}
        found.append({**row, "extra": orjson.dumps(said).decode() if said else ""})
    return found


def table(text: str) -> list[str]:
    """The rows of such a text as a table with a header."""
    return [" | ".join(COLUMNS), *(" | ".join(row.values()) for row in cells(text))]


def rows(text: str, call: str = "c1") -> list[str]:
    """`SECONDS EVENT queue member data|…` a line → lines of a queue log; `-` is NONE."""
    found = []
    for line in text.strip().splitlines():
        second, event, queue, agent, *data = line.split()
        of = "NONE" if event == "QUEUESTART" else call
        row = [f"{START + float(second):.3f}".removesuffix(".000"), of, queue, agent, event, *data]
        found.append("|".join("NONE" if cell == "-" else cell for cell in row))
    return found


@st.composite
def worn(draw: st.DrawFn, lines: Sequence[str]) -> list[str]:
    """The same lines, of which some are lost and some doubled."""
    counts = draw(st.lists(st.sampled_from((0, 1, 1, 2)), min_size=len(lines), max_size=len(lines)))
    return [line for line, count in zip(lines, counts, strict=True) for _ in range(count)]
