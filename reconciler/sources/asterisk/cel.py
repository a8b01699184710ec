"""Channel event logging (CEL) of Asterisk: lines → rows, and what names of channels say. Nothing is known here of calls.

Known forms: what `tables` reads (with columns as the database backends name them), JSON objects as the manager interface names
their members, and files of `cel_custom` without header, in the orders of the sample `cel_custom.conf`: that of its mapping
(`Master.csv`), and that of its fields. Columns of text before the time, as newer samples have them, say nothing.

Source: Channel Event Logging, docs.asterisk.org; the columns of cel_pgsql, cel_odbc, and cel_custom of 1.8 to 23.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from reconciler.sources.asterisk.tables import Form, Found, Table

_CUSTOM = (
    *("eventtype", "eventtime", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid", "exten", "context", "channame"),
    *("appname", "appdata", "amaflags", "accountcode", "uniqueid", "linkedid", "peer", "userfield", "userdeftype", "extra"),
)
_FIELDS = (
    *("eventtype", "eventenum", "eventtime", "usereventname", "cid_name", "cid_num", "exten", "context", "channame", "appname"),
    *("appdata", "amaflags", "acctcode", "uniqueid", "userfield", "cid_ani", "cid_rdnis", "cid_dnid", "peer", "linkedid"),
    *("peeracct", "extra", "tenantid"),
)
_FORM = Form(
    names={
        "event": ("eventtype", "eventname", "event_type"),
        "time": ("eventtime", "event_time"),
        "linked": ("linkedid", "linked_id"),
        "unique": ("uniqueid", "unique_id"),
        "channel": ("channame", "channel", "chan_name"),
        "caller": ("cid_num", "cidnum", "calleridnum"),
        "name": ("cid_name", "cidname", "calleridname"),
        "dialled": ("exten",),
        "context": ("context",),
        "peer": ("peer", "bridgepeer"),
        "extra": ("extra", "eventextra", "event_extra"),
        "number": ("id", "cel_id"),
    },
    needed=("event", "time", "linked"),
    order=_CUSTOM,
    words=("cel",),
    rest="extra",
    expected="no row of CEL: expected a table with the columns eventtype, eventtime, uniqueid, linkedid …, JSON, or a dump",
)
_PLACES = {wanted: name for wanted in _FORM.names if (name := _FORM.among(_CUSTOM, wanted))}  # the same of `_FIELDS`
_LEAST = 16  # cells: the last ones may be missing
_LITERALS = 3  # columns of text before the time, at most
_TIME = re.compile(r"\d{9,}(?:\.\d+)?|\d{4}-\d\d-\d\d[ T].*")
_FIRST = re.compile(
    r'"?(?:CHAN_|BRIDGE_|APP_|LINKEDID_|MIXMONITOR_|ANSWER|HANGUP|HOLD|UNHOLD|PICKUP|BLIND|ATTENDED|FORWARD)\w*"?([,;|\t])'
)
_DUMPED = re.compile(r"\s*(?:CREATE\s+TABLE|INSERT|REPLACE|COPY)\b[^(]*", re.IGNORECASE)
_LOG = re.compile(r"\d{9,}(?:\.\d+)?\|")  # a line of the file: tables have spaces there, or a smaller number
_HEADER = frozenset({"agent", "event"})  # of a queue log
_WORD = re.compile(r"\w+")
_LONG = 2000  # characters among which a header shows what it is

_PSEUDO = re.compile(
    r"Local/|Agent/|Message/|ConfBridge/|CBAnn/|CBRec/|Bridge/|Recorder/|Announcer/|Snoop/|Surrogate/|Parked/|AsyncGoto/|"
    r"MulticastRTP/|UnicastRTP/|AudioSocket/|OutgoingSpoolFailed|Null/",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(
    r"(?:^|[-_.])(?:extern|external|trunk|trunks|pstn|did|public|incoming|inbound|outside|provider|carrier|itsp)(?:$|[-_.])",
    re.IGNORECASE,
)
_LINES = re.compile(r"(?:DAHDI|Zap|SRV|Motif|Woomera|mISDN|CAPI)/", re.IGNORECASE)
_ENDINGS = re.compile(r"<[A-Z]+>$")


class Channel(NamedTuple):
    """Who a channel belongs to: its `name`, the `endpoint` without the number of the call, and what sort it is."""

    name: str
    endpoint: str
    is_pseudo: bool
    is_outside: bool


def channel(name: str, context: str = "", agents: frozenset[str] = frozenset()) -> Channel:
    """What the name of a channel, and the context it was made in, say of whose it is.

    One is somebody's outside if its context or endpoint is called so (from-extern, from-trunk, from-pstn, …) or it is a line;
    one of `agents` never is. Those that only hold a call together (Local, Agent, bridges) are nobody's. By habit of XiVO, Wazo
    and FreePBX; inferred.
    """
    name = _ENDINGS.sub("", name.strip())
    endpoint = name.rsplit("-", 1)[0]
    word = endpoint.split("/", 1)[-1]
    is_outside = bool(_LINES.match(name) or _OUTSIDE.search(context) or _OUTSIDE.search(word))
    return Channel(name, endpoint, not word or bool(_PSEUDO.match(name)), is_outside and endpoint not in agents)


class CelRows:
    """Reads lines in their order; remembers the header and what else a later line needs."""

    def __init__(self, state: Any = None) -> None:
        self._table = Table(_FORM, state)

    @property
    def state(self) -> dict[str, Any]:
        """What later lines need."""
        return self._table.state

    def read(self, line: str) -> Sequence[Found]:
        """The rows in a line, the oldest first; none for headers, frames and other statements. Raises `ValueError`."""
        first = None if self._table.is_headed else _FIRST.match(line)
        if first is None:
            return self._table.read(line)
        try:
            cells = next(csv.reader([line], delimiter=first[1]), [])
        except csv.Error as error:
            raise ValueError(f"no row of CEL: {error}; expected the columns {', '.join(_CUSTOM[:4])} …") from None
        if len(cells) < _LEAST:
            raise ValueError(f"{len(cells)} cells; {_FORM.expected}")
        row = _row(cells)
        return [{wanted: row[name] for wanted, name in _PLACES.items() if name in row}]


def _row(cells: Sequence[str]) -> dict[str, str]:
    """Cells by column. Of the two orders the second one tells twice which event it is, there being events of users."""
    columns = _FIELDS if cells[1] in {cells[0], "USER_DEFINED"} else _CUSTOM
    time = columns.index("eventtime")
    found = next((place for place in range(time, time + _LITERALS + 1) if _TIME.fullmatch(cells[place])), time)
    return dict(zip(columns, [*cells[:time], *cells[found:]], strict=False))


def is_cel(line: str, *, before: bool) -> bool:
    """Whether a line is of CEL and not of a queue log; `before`: those before it were."""
    if _LOG.match(line):
        return False
    text = line[:_LONG].lower()
    if dumped := _DUMPED.match(text):
        return bool(re.search(r"(?:^|[\s.`\"_])cel(?:$|[\s`\"_])", dumped[0].strip()))
    if "linkedid" in text and ("eventtype" in text or "eventname" in text):
        return True
    if text.lstrip()[:1] in {"{", "["} or set(_WORD.findall(text)) >= _HEADER:
        return False
    return before or bool(_FIRST.match(line))


def extra(row: Found) -> dict[str, Any]:
    """What stands in the column `extra`; empty where nothing does, or no JSON."""
    try:
        found = orjson.loads(row.get("extra") or "{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
