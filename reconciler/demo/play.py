"""Plays a contact centre's first days on this machine: every command a user would type, with what it prints.

The commands run as processes of their own against an emulator that is one too, so that what is shown here is what happens.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from reconciler.demo import calls, day, export, recordings
from reconciler.errors import ReconcilerError, UsageError
from reconciler.pipeline.render import render
from reconciler.pipeline.schemas import write_schemas

Say = Callable[[str], None]
SETTINGS = """\
# yaml-language-server: $schema=schemas/reconciler.v1.json
version: 1
organization: {region: ap-northeast-1}   # the demo points to its emulator by RECONCILER_API_URL
source: {platform: amazon-connect, name: acme, time_zone: Asia/Tokyo}
runners:
  interactions: {feeds: [calls]}
  recordings: {from: recordings, index: calls, settle: 0s}
"""
RULE = "─" * 80


class DemoFailed(ReconcilerError):
    """A step of the demo did not end as it should."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays: its folder, the environment of its commands, and who hears what they print."""

    folder: Path
    environment: Mapping[str, str]
    say: Say

    def title(self, text: str) -> None:
        """Announces what comes next."""
        self.say(f"{RULE}\n{text}\n{RULE}")

    def command(self, words: str, *, head: int = 100, tail: int = 100) -> str:
        """Runs a command and shows the first and last lines of what it prints. Raises `DemoFailed` where it fails."""
        self.say(f"$ reconciler {words}")
        done = subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, "-m", "reconciler", *shlex.split(words)],
            cwd=self.folder,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        for line in cut(done.stdout.splitlines(), head, tail):
            self.say(line)
        if done.returncode:
            raise DemoFailed(f"reconciler {words} ended with {done.returncode}: {done.stderr.strip()}")
        self.say("")
        return done.stdout


def cut(lines: Sequence[str], head: int, tail: int) -> Iterator[str]:
    """The first and the last lines, and how many were left out between them."""
    if len(lines) <= head + tail + 1:
        yield from lines
        return
    yield from lines[:head]
    yield f"        … {len(lines) - head - tail} lines more …"
    yield from lines[-tail:] if tail else ()


def play(say: Say, folder: Path | None, *, keep: bool) -> int:
    """Plays the demo; 0 when everything ended as it should. With `keep` the emulator stays until Ctrl-C.

    Raises `UsageError` for a folder that holds something: the demo would mix its files with those.
    """
    started = time.monotonic()
    place = folder or Path(tempfile.mkdtemp(prefix="reconciler-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    if any(place.iterdir()):
        raise UsageError(f"{place} is not empty: name a new folder, or leave --directory out")
    with emulator() as addresses:
        stage = Stage(place, environment(addresses), say)
        say("A contact centre on Amazon Connect wants its people in Genesys Cloud EX, for")
        say("scheduling and quality. This plays its first three days, on this machine alone.")
        say("")
        _first_day(stage)
        _second_day(stage)
        _third_day(stage)
        say(f"Done in {time.monotonic() - started:.0f} seconds.")
        _what_next(stage, addresses, keep=keep)
        while keep:
            try:
                time.sleep(3600)
            except KeyboardInterrupt:
                return 0
    return 0


def manifests(folder: Path) -> None:
    """Writes the manifests of the first day into `folder`; the project's own are made by this.

    python -c "from pathlib import Path; from reconciler.demo.play import manifests; manifests(Path('manifests'))"
    """
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        export.write(place / "export", day=1)
        export.write_mapping(place / "mapping")
        render(
            export=place / "export",
            mapping=place / "mapping",
            manifests=folder,
            platform="amazon-connect",
            source="acme",
        )


def environment(addresses: Mapping[str, str]) -> dict[str, str]:
    """The environment of the demo's commands: this one, pointed to the emulator."""
    return {
        **os.environ,
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
        "RECONCILER_API_URL": addresses["api_url"],
        "RECONCILER_LOGIN_URL": addresses["login_url"],
        "RECONCILER_REQUESTS_PER_MINUTE": "0",
        "GENESYSCLOUD_OAUTHCLIENT_ID": addresses["client_id"],
        "GENESYSCLOUD_OAUTHCLIENT_SECRET": addresses["client_secret"],
    }


@contextmanager
def emulator() -> Iterator[dict[str, str]]:
    """The emulator as a process of its own on a free port, without a request limit; its addresses."""
    command = [sys.executable, "-m", "reconciler", "emulate", "--port", "0", "--rate-limit", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command line
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise DemoFailed("the emulator did not start")
            yield orjson.loads(line)
        finally:
            process.terminate()
            process.wait(timeout=10)


def _first_day(stage: Stage) -> None:
    stage.title("Day 1. The platform's export, and a mapping that says what it means")
    (stage.folder / "reconciler.yaml").write_text(SETTINGS, encoding="utf-8")
    write_schemas(stage.folder / "schemas")
    for name in ("export", "mapping"):
        (stage.folder / name).mkdir(exist_ok=True)
    export.write(stage.folder / "export", day=1)
    export.write_mapping(stage.folder / "mapping")
    files = sum(path.is_file() for path in (stage.folder / "export").rglob("*"))
    stage.say(f"export/ holds {files} API answers of Amazon Connect, with blemishes as real ones")
    stage.say("have them: pages that overlap, a comment, keys in another case.")
    stage.say("")
    stage.command("render")
    stage.command("validate")
    stage.say("The manifests are what people review. One of the agents in them:")
    stage.say("")
    text = (stage.folder / "manifests" / "users" / "tokyo.yaml").read_text(encoding="utf-8")
    for line in text.splitlines()[3:10]:
        stage.say(f"    {line}")
    stage.say("")
    stage.command("plan -o plan.json", head=16, tail=3)
    stage.say("Saving the plan was the approval. To apply it is to do what it says, no more:")
    stage.say("")
    stage.command("apply plan.json", head=0, tail=1)


def _second_day(stage: Stage) -> None:
    stage.title("Day 2. A hire, a leaver, a move to Singapore, a renamed queue, a new level")
    export.write(stage.folder / "export", day=2)
    stage.command("render")
    stage.command("plan")
    stage.command("apply --auto-approve", head=0, tail=1)
    stage.command("plan")


def _third_day(stage: Stage) -> None:
    stage.title("Day 3. What the agents do all morning, event by event")
    events = day.write(stage.folder / "feed")
    stage.say(f"feed/ holds {events:,} events of the platform's agent stream. What would be told:")
    stage.say("")
    stage.command("run status --feed feed --once --plan", head=12, tail=1)
    stage.command("run status --feed feed --once")
    stage.say("Told once. The same events again, from a copy of the stream:")
    stage.say("")
    shutil.copytree(stage.folder / "feed", stage.folder / "copy")
    stage.command("run status --feed copy --once")
    records = calls.write(stage.folder / "calls")
    stage.say(f"calls/ holds {records} contact records of the platform: calls, told leg by leg:")
    stage.say("")
    stage.command("run interactions --once")
    heard = calls.places()
    count = recordings.write(stage.folder / "recordings", list(heard.values()), heard[calls.contact_id("called back")])
    stage.say(f"recordings/ holds {count} recordings of them, one in mono. Each goes to its")
    stage.say("conversation, once:")
    stage.say("")
    stage.command("run recordings --once")
    stage.say("One of them went from billing to technical support. What happened in it:")
    stage.say("")
    stage.command(f"explain conversation {calls.contact_id('handed over')}", head=26, tail=0)


def _what_next(stage: Stage, addresses: Mapping[str, str], *, keep: bool) -> None:
    folder = stage.folder
    stage.say("")
    stage.say(f"Everything lies in {folder}:")
    for name, what in (
        ("export/", "what the platform handed out"),
        ("mapping/mapping.yaml", "what it means; edit it and render again"),
        ("manifests/", "the desired state, for Git and pull requests"),
        ("feed/", "a morning of the agents: run status --feed feed"),
        ("calls/", "calls as contact records: run interactions --once"),
        ("recordings/", "their recordings: run recordings --once --plan"),
        ("plan.json", "the first plan: reconciler show plan.json"),
        (".reconciler/ledger.db", "what is whose, what was done: reconciler state show"),
    ):
        stage.say(f"  {name:<23} {what}")
    stage.say("")
    if not keep:
        stage.say("The emulator has ended. Try more on one that stays: reconciler demo --keep")
        stage.say('Your own organisation: reconciler init, then README.md, "Your own organisation".')
        return
    stage.say("The emulator stays until Ctrl-C. In another terminal:")
    own = stage.environment
    stage.say(f"  cd {folder}")
    for name in ("RECONCILER_API_URL", "RECONCILER_LOGIN_URL", "GENESYSCLOUD_OAUTHCLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_SECRET"):
        stage.say(f"  export {name}={own[name]}")
    stage.say("  reconciler plan")
    stage.say(f"  curl {addresses['admin_url']}/requests     what was asked of it")
