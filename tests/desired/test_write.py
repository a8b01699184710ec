"""What is written reads back as the same State, whatever is in it."""

from __future__ import annotations

from typing import Any

import pytest
from flow.centre import SMALL
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.validate import load
from reconciler.desired.write import MARK, write
from reconciler.kinds import REGISTRY
from reconciler.kinds.rest import text
from reconciler.model.resource import Ref, Resource, State

KINDS = list(REGISTRY.values())


def read(*texts: str) -> State:
    return load({f"{number}.yaml": one.encode() for number, one in enumerate(texts)}, KINDS)[0]


def written(state: State) -> list[str]:
    return [one.text for one in write(KINDS, state, "acme")]


EVERYTHING = """\
version: 1
skills: [{key: s1, name: S1}, {key: mode, name: Mode}, {key: items, name: Items}]
languages: [{key: ja, name: J}]
wrapup_codes: [{key: w1, name: W1, previously: [w0, "W 0"]}, {key: w2, name: W2, protected: true, delete_after: 2030-01-31}]
users:
  - {key: u1, name: A, email: a@x.jp, skills: {mode: additive, items: {s1: 2.5}}, languages: {mode: additive, items: {ja: 3}}}
  - {key: u2, name: B, email: b@x.jp, skills: {mode: 3, items: 2}, phones: {work: "+81 3"}, title: null, division: home}
  - {key: u3, name: C, email: c@x.jp, skills: {}, languages: null}
queues:
  - {key: q1, name: Q1, members: {mode: exclusive, items: []}, wrapup_codes: [w1, w2]}
  - {key: q2, name: Q2, members: [u1], wrapup_codes: {mode: exclusive, items: [w1]}}
  - {key: q3, name: Q3, media: {call: {alerting_seconds: 9, service_level: {percentage: 0.75, seconds: 1.5}}},
     acw: {prompt: OPTIONAL}}
"""


@pytest.mark.parametrize("manifest", ["version: 1\n" + SMALL, EVERYTHING, "version: 1\n"], ids=["small", "everything", "nothing"])
def test_what_is_written_reads_back_as_the_same_state(manifest: str) -> None:
    state = read(manifest)

    assert read(*written(state)).digest == state.digest


def test_what_is_written_again_is_the_same_text() -> None:
    state = read(EVERYTHING)

    assert written(read(*written(state))) == written(state)


def test_every_file_carries_the_mark_and_names_its_schema() -> None:
    for one in write(KINDS, read("version: 1\n" + SMALL), "acme"):
        first, second, *_ = one.text.splitlines()
        up = "../../" if "/" in one.path else "../"
        assert first.startswith(f"{MARK} for source acme.")
        assert second == f"# yaml-language-server: $schema={up}schemas/manifest.v1.json"


def test_a_queue_is_written_a_member_a_line() -> None:
    found = next(one.text for one in write(KINDS, read(EVERYTHING), "acme") if one.path == "queues.yaml")

    assert found.splitlines()[3:] == [
        "queues:",
        '  - key: "q1"',
        '    name: "Q1"',
        "    wrapup_codes:",
        "      mode: additive",
        "      items:",
        '        - "w1" # "W1"',
        '        - "w2" # "W2"',
        "    members: {mode: exclusive, items: []}",
        '  - key: "q2"',
        '    name: "Q2"',
        "    wrapup_codes:",
        "      mode: exclusive",
        "      items:",
        '        - "w1" # "W1"',
        "    members:",
        "      mode: additive",
        "      items:",
        '        - "u1" # "A"',
        '  - key: "q3"',
        '    name: "Q3"',
        "    media:",
        '      call: {"alerting_seconds": 9, "service_level": {"percentage": 0.75, "seconds": 1.5}}',
        "    acw:",
        '      prompt: "OPTIONAL"',
    ]


HOSTILE = st.text(min_size=1, max_size=40).filter(lambda one: text(one) and one.isprintable())


TITLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t"), max_size=60)


@given(HOSTILE, TITLE, HOSTILE)
def test_a_name_cannot_write_yaml(name: str, title: str, division: str) -> None:
    def fields(**values: Any) -> dict[str, Any]:
        return values

    key = text(division).lstrip("~* ") or "d"
    values = {
        Ref("division", key): fields(name=text(name)),
        Ref("user", "u"): fields(name=text(name), email="u@x.jp", division=key, title=text(title)),
    }
    state = State({ref: Resource(ref, one) for ref, one in values.items()})

    back = read(*written(state))

    assert {ref: dict(one.fields) for ref, one in back.resources.items()} == values
