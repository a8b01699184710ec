"""Lines of a queue log → Rows: the file itself, or a database table in one of the forms of `tables`.

The file has `time|callid|queue|member|event|data…`, and so has a table printed without header. Columns are `data1` to `data5` or
one `data` with bars. Nothing is known here about what events mean.

Source: Queue Logs, docs.asterisk.org; the columns of the `queue_log` tables of Asterisk's realtime, XiVO and QueueMetrics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from reconciler.sources.asterisk.tables import Form, Found, Table

_MORE = ("data2", "data3", "data4", "data5")
_FORM = Form(
    names={
        "time": ("time", "time_id", "timestamp", "eventdate", "created", "date"),
        "call": ("callid", "call_id", "uniqueid"),
        "queue": ("queuename", "queue", "queue_name", "qname"),
        "agent": ("agent", "agentname", "member", "membername"),
        "event": ("event", "verb", "eventname", "event_name", "action"),
        "text": ("data1", "arg1", "info1"),
        "data": ("data",),
        "number": ("id", "queue_log_id", "unique_row_count"),
        **{name: (name, f"arg{name[-1]}", f"info{name[-1]}") for name in _MORE},
    },
    needed=("time", "agent", "event"),
    order=("time", "callid", "queuename", "agent", "event", "data1", *_MORE),
    words=("queue", "log"),
    rest="data",
    expected="no line of a queue log: expected epoch|callid|queue|member|event|…, a table with a header, JSON, or a dump",
)


class Row(NamedTuple):
    """One row as written. `number` is the row's id in its table, empty where it has none; `text` the first of its data.

    `more` is the rest of its data, without empty cells at the end.
    """

    time: str
    call: str
    queue: str
    agent: str
    event: str
    text: str
    number: str
    more: tuple[str, ...] = ()


class Rows:
    """Reads lines in their order; remembers the header and what else a later line needs."""

    def __init__(self, state: Any = None) -> None:
        self._table = Table(_FORM, state)

    @property
    def state(self) -> dict[str, Any]:
        """What later lines need; empty for the file itself."""
        return self._table.state

    def read(self, line: str) -> Sequence[Row]:
        """The rows in a line, the oldest first; none for headers, frames and other statements. Raises `ValueError`."""
        cells = line.split("|")
        if not self._table.is_headed and len(cells) > 4 and cells[0].lstrip()[:1].isdecimal():
            if " |" in line:
                cells = [cell.strip() for cell in cells]
            data = cells[5:] or [""]
            return (Row(cells[0], cells[1], cells[2], cells[3], cells[4], data[0], "", _more(data)),)
        return [_made(found) for found in self._table.read(line)]


def _made(found: Found) -> Row:
    """The row of what was found; all data can stand in one column, separated by bars."""
    data = [found[name] for name in ("text", *_MORE) if name in found] if "text" in found else found.get("data", "").split("|")
    return Row(
        found["time"],
        found.get("call", ""),
        found.get("queue", ""),
        found["agent"],
        found["event"],
        data[0],
        found.get("number", ""),
        _more(data),
    )


def _more(data: Sequence[str]) -> tuple[str, ...]:
    more = [cell.strip() for cell in data[1:]]
    while more and not more[-1]:
        more.pop()
    return tuple(more)
