"""Whoever follows a page sees what it shows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import orjson
import pytest
from docs.box import organisation
from docs.walk import Shell, Typed, differs, follow, steps

from reconciler.cli.main import answer
from reconciler.demo import export

DOCS = Path(__file__).parents[2] / "docs"
FOLLOWED = ("tutorial.md", "your-organisation.md", "platforms/amazon-connect.md", "platforms/tabular.md", "troubleshooting.md")
ELSEWHERE = ("write-a-source.md",)
"""Followed by a test of its own."""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """Types command lines into an empty folder; `emulate` opens an organisation, on a free port whatever the page says."""
    for name in [name for name in os.environ if name.startswith(("RECONCILER_", "GENESYSCLOUD_", "CI"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def emulate(words: list[str]) -> tuple[int, str, str]:
        options = dict(zip(words[1::2], words[2::2], strict=True))
        known = opened.enter_context(organisation(options.pop("--seed", "empty")))
        assert set(options) == {"--port"}
        for name, value in known.items():
            monkeypatch.setenv(name, value)
        said = {"api_url": known["RECONCILER_API_URL"], "login_url": known["RECONCILER_LOGIN_URL"], "admin_url": ""}
        names = {"client_id": "GENESYSCLOUD_OAUTHCLIENT_ID", "client_secret": "GENESYSCLOUD_OAUTHCLIENT_SECRET"}
        return 0, orjson.dumps({**said, **{word: known[name] for word, name in names.items()}}).decode(), ""

    def run(words: list[str]) -> tuple[int, str, str]:
        if words[0] == "emulate":
            return emulate(words)
        capfd.readouterr()
        code = answer(words)
        said = capfd.readouterr()
        return code, said.out, said.err

    with ExitStack() as opened:
        yield run


@pytest.mark.parametrize("name", FOLLOWED)
def test_whoever_follows_a_page_sees_what_it_shows(name: str, tmp_path: Path, shell: Shell) -> None:
    if name == "platforms/amazon-connect.md":
        export.write(tmp_path / "export", day=1)

    assert follow((DOCS / name).read_text(encoding="utf-8"), tmp_path, shell) > 0


def test_every_page_with_screens_is_followed() -> None:
    pages = {path.relative_to(DOCS).as_posix(): list(steps(path.read_text(encoding="utf-8"))) for path in DOCS.rglob("*.md")}

    assert {name for name, found in pages.items() if any(isinstance(one, Typed) for one in found)} == {*FOLLOWED, *ELSEWHERE}


def test_every_message_that_is_explained_exists() -> None:
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in (DOCS.parent / "reconciler").rglob("*.py"))
    named = [quoted for line in re.findall(r"^- (.*)\n\n    ", page, re.MULTILINE) for quoted in re.findall(r"`([^`]+)`", line)]
    parts = {part.strip() for quoted in named for part in quoted.split("…") if len(part.strip()) > 1}

    assert len(named) > 20
    assert {part for part in parts if part not in code} == set()


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        (("one", "…", "three"), ""),
        (("o…e",), ""),
        (("error: no",), ""),
        (("three", "one"), "one"),
        (("tw",), "tw"),
    ],
)
def test_a_screen_is_compared_line_by_line_and_in_order(shown: tuple[str, ...], missing: str) -> None:
    assert differs(shown, "one\ntwo\nthree\n", "error: no\n") == missing
