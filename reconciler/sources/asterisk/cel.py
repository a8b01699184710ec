"""Channel event logging (CEL) of Asterisk: lines → rows, and what names of channels say. Nothing is known here of calls.

Known forms: what `tables` reads (with columns as the database backends name them), JSON objects as the manager interface names
their members, and `Master.csv` without header, in the order of the sample `cel_custom.conf`.

Source: Channel Event Logging, docs.asterisk.org; the columns of cel_pgsql, cel_odbc and cel_custom.
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
_FORM = Form(
    names={
        "event": ("eventtype", "eventname", "event_type"),
        "time": ("eventtime", "event_time"),
        "linked": ("linkedid", "linked_id"),
        "unique": ("uniqueid", "unique_id"),
        "channel": ("channame", "channel", "chan_name"),
        "caller": ("cid_num", "calleridnum"),
        "name": ("cid_name", "calleridname"),
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
_PLACES = {wanted: name for wanted in _FORM.names if (name := _FORM.among(_CUSTOM, wanted))}  # of `Master.csv`
_FIRST = re.compile(
    r'"?(?:CHAN_|BRIDGE_|APP_|LINKEDID_|MIXMONITOR_|ANSWER|HANGUP|HOLD|UNHOLD|PICKUP|BLIND|ATTENDED|FORWARD)\w*"?,'
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
        if self._table.is_headed or not _FIRST.match(line):
            return self._table.read(line)
        try:
            cells = next(csv.reader([line]), [])
        except csv.Error as error:
            raise ValueError(f"no row of CEL: {error}; expected the columns {', '.join(_CUSTOM[:4])} …") from None
        if len(cells) < len(_CUSTOM) - 4:
            raise ValueError(f"{len(cells)} cells; {_FORM.expected}")
        row = dict(zip(_CUSTOM, cells, strict=False))
        return [{wanted: row[name] for wanted, name in _PLACES.items() if name in row}]


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
