"""An organisation behind real sockets, and commands as processes: what a user's shell does."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
from flow import nursery
from flow.centre import SMALL

SETTINGS = """\
version: 1
organization: {region: eu-central-1, requests_per_minute: 0}
source: {platform: tabular, name: acme}
"""
Shell = Callable[..., tuple[int, str, str]]
"""What runs a command line as if it were typed: exit code, stdout, stderr."""
_UNDISTURBED: dict[str, Any] = {}


def start(*arguments: str) -> nursery.Started:
    """An emulator as a process; its first line on stdout says where it is."""
    return nursery.started(["emulate", "--port", "0", "--rate-limit", "0", *arguments])


@dataclass
class Served:
    """A repository and the served organisation it belongs to."""

    root: Path
    addresses: dict[str, str]
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("RECONCILER_", "GENESYSCLOUD_", "CI"))},
            "RECONCILER_API_URL": self.addresses["api_url"],
            "RECONCILER_LOGIN_URL": self.addresses["login_url"],
            "GENESYSCLOUD_OAUTHCLIENT_ID": self.addresses["client_id"],
            "GENESYSCLOUD_OAUTHCLIENT_SECRET": self.addresses["client_secret"],
            "PYTHONUTF8": "1",
            **self.extra,
        }

    def write(self, text: str = SMALL, name: str = "centre.yaml") -> None:
        (self.root / "manifests").mkdir(exist_ok=True)
        (self.root / "manifests" / name).write_text("version: 1\n" + text, encoding="utf-8")
        (self.root / "reconciler.yaml").write_text(SETTINGS, encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return nursery.done(arguments, self.root, self.environment)

    def state(self) -> Any:
        return httpx.get(f"{self.addresses['admin_url']}/state").json()

    def undisturbed(self) -> Any:
        """The state a run ends in that nobody disturbs; the same for every test, so it is found out once."""
        if not _UNDISTURBED:
            with start() as process:
                assert process.stdout
                other = Served(self.root / "undisturbed", orjson.loads(process.stdout.readline()))
                other.root.mkdir()
                other.write()
                assert other.run("apply", "--auto-approve").returncode == 0
                _UNDISTURBED["state"] = other.state()
                process.terminate()
        return _UNDISTURBED["state"]
