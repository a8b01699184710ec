"""`doctor` as people and programs call it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from flow.served import Served

Desk = Callable[..., Any]


def test_a_repository_without_problems_is_0(office: Served, connected: Desk) -> None:
    office.write("skills: [{key: doctor, name: Doctor}]\n")

    done = connected("doctor")

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Doctor for source acme in Emulated organisation (eu-central-1)\n")
    assert "  ok       within 5 s of Genesys Cloud's\n" in done.out
    assert done.out.splitlines()[-1].startswith("Doctor: 0 problems, 1 warning, ")


def test_a_missing_permission_is_7(office: Served, connected: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    office.write("skills: [{key: doctor, name: Doctor}]\n")
    client = httpx.post(f"{office.addresses['admin_url']}/clients", json={"permissions": ["routing:skill:view"]}).json()
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", client["client_id"])
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", client["client_secret"])

    done = connected("doctor")

    assert done.code == 7
    assert "routing:queue:view" in done.out


def test_a_problem_is_1(office: Served, connected: Desk) -> None:
    office.write("skills: [{key: doctor, nam: Doctor}]\n")

    done = connected("doctor", "--json")

    assert (done.code, done.err) == (1, "")
    assert [one["verdict"] for one in done.json["findings"] if one["area"] == "manifests"] == ["problem", "problem"]


def test_data_say_everything_once(office: Served, connected: Desk) -> None:
    office.write("skills: [{key: doctor, name: Doctor}]\n")

    said = connected("doctor", "--for", "apply", "--json").json

    assert said["format"] == "reconciler/doctor"
    assert {"organization", "region", "source", "exit_code", "counts", "findings", "permissions"} <= said.keys()
    assert sum(said["counts"].values()) == len(said["findings"])
    assert {"client", "permission", "for", "divisions"} == said["permissions"][0].keys()
    assert {one["permission"] for one in said["permissions"]} >= {"directory:user:view", "routing:skill:manage"}
