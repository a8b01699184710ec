"""Exports given as name → content, read by a source."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.event import EVERYBODY, Agent, Event
from reconciler.model.mapping import Mapping, parse
from reconciler.model.moment import Clock
from reconciler.model.problem import Place
from reconciler.sources import REGISTRY, STATUS

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"


@pytest.fixture
def connect() -> Any:
    """Reads an export given as name → JSON data or text; facts by `kind/key`, and problems as text."""
    return lambda files, mapping=None: _read("amazon-connect", files, mapping)


@pytest.fixture
def tables() -> Any:
    """The same for tables."""
    return lambda files, mapping=None: _read("tabular", files, mapping)


@pytest.fixture
def read_export() -> Any:
    """The same for any platform: `read_export(platform, files, mapping)`."""
    return lambda platform, files, mapping=None: _read(platform, files, mapping)


def _read(platform: str, files: dict[str, Any], mapping: Any) -> Any:
    data = {name: _bytes(content) for name, content in files.items()}
    parsed = parse(mapping, place=lambda _path: Place("mapping.yaml"))
    assert isinstance(parsed, Mapping), parsed
    reading = REGISTRY[platform].read(data, parsed, "acme")
    return {fact.subject: fact for fact in reading.facts}, [str(problem) for problem in reading.problems], reading


def _bytes(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content)).encode()


class Feed:
    """A feed of status, its events so far, and what is known of everybody after them."""

    def __init__(self, platform: str, mapping: Any, zone: str, state: str) -> None:
        parsed = parse(mapping, place=lambda _path: Place("mapping.yaml"))
        assert isinstance(parsed, Mapping), parsed
        self.card = STATUS[platform]
        self.read: Any = self.card.open(parsed, Clock(zone), state)
        self.events: list[Event] = []
        self.known: dict[str, Any] = {}

    def tell(self, *records: Any) -> list[str]:
        """Reads the records in their order; what each event says of its agent, such as `7 ready+routed`."""
        said = []
        for record in records:
            for event in self.read(_bytes(record)):
                self.events.append(event)
                for key in list(self.known) if event.key == EVERYBODY else [event.key]:
                    self.known[key] = self.card.fold(self.known.get(key), event)
                    said.append(f"{key} {words(self.card.agent(self.known[key]))}")
        return said

    def after(self, *records: Any) -> str:
        """The same, and only the last of it, without the agent."""
        return self.tell(*records)[-1].split(" ", 1)[1]


def words(agent: Agent) -> str:
    """`not_ready(3)`, `not_ready(3 Lunch)`, `ready+routed`, `unknown=STATE`."""
    native = f"={agent.native}" if agent.standing == "unknown" else ""
    why = " ".join(filter(None, dict.fromkeys((agent.reason, agent.label))))
    return "+".join([agent.standing + (f"({why})" if why else "") + native, *agent.contacts])


@pytest.fixture
def feed() -> Any:
    """Opens a feed of status: `feed(platform, mapping, zone=…, state=…)`."""
    return lambda platform, mapping=None, zone="UTC", state="": Feed(platform, mapping, zone, state)


@pytest.fixture
def samples() -> Any:
    """The records of a sample file, cut at `cut` where there is one; skips where the samples are not beside the repository."""

    def find(name: str, cut: bytes = b"") -> list[bytes]:
        if not (SAMPLES / name).exists():
            pytest.skip(f"no samples: {SAMPLES / name}")
        data = (SAMPLES / name).read_bytes()
        return data.split(cut) if cut else [data]

    return find
