"""The skeleton of a repository."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import orjson
import pytest

from reconciler.errors import UsageError
from reconciler.formats import yaml
from reconciler.model.mapping import Mapping, parse
from reconciler.model.problem import Place
from reconciler.pipeline import desired
from reconciler.pipeline.init import HINTS, init
from reconciler.pipeline.recording_look import describer
from reconciler.settings import load
from reconciler.sources import REGISTRY


def start(folder: Path, platform: str = "tabular") -> None:
    init(folder, platform, "acme", "ap-northeast-1")


def test_there_is_a_skeleton_for_every_platform_with_an_export() -> None:
    assert set(HINTS) == set(REGISTRY)


@pytest.mark.parametrize("platform", HINTS)
def test_what_is_written_is_valid(tmp_path: Path, platform: str) -> None:
    start(tmp_path, platform)

    found = load(tmp_path)

    assert (found.file.source.platform, found.file.source.name, found.region) == (platform, "acme", "ap-northeast-1")
    assert desired.load(found)[0].resources == {}
    mapping = yaml.read((tmp_path / "mapping" / "mapping.yaml").read_bytes(), file="mapping.yaml")
    assert isinstance(parse(mapping.data, place=lambda _path: Place("mapping.yaml")), Mapping)


@pytest.mark.parametrize("platform", HINTS)
@pytest.mark.parametrize("name", ["reconciler.yaml", "mapping/mapping.yaml"])
def test_the_schema_a_file_names_is_there_and_fits(tmp_path: Path, platform: str, name: str) -> None:
    start(tmp_path, platform)
    path = tmp_path / name
    text = path.read_text(encoding="utf-8")

    schema = path.parent / text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")

    data = yaml.plain(yaml.read(text.encode(), file=name))
    assert not list(jsonschema_rs.validator_for(orjson.loads(schema.read_bytes())).iter_errors(data))


@pytest.mark.parametrize("platform", HINTS)
def test_the_example_of_the_runners_is_valid(tmp_path: Path, platform: str) -> None:
    start(tmp_path, platform)
    path = tmp_path / "reconciler.yaml"
    head, _, example = path.read_text(encoding="utf-8").partition("# runners:")
    path.write_text(head + f"# runners:{example}".replace("\n# ", "\n").removeprefix("# "), encoding="utf-8")

    runners = load(tmp_path).file.runners

    assert (runners.status.feeds, runners.interactions.feeds) == (("feeds",), ("feeds",))
    assert runners.recordings.source == "recordings"
    describer(load(tmp_path))


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text("mine", encoding="utf-8")

    first = init(tmp_path, "tabular", "acme", "")
    second = init(tmp_path, "amazon-connect", "other", "eu-west-1")

    assert (tmp_path / "reconciler.yaml").read_text(encoding="utf-8") == "mine"
    assert first.kept == ("reconciler.yaml",)
    assert second.written == ()
    assert set(second.kept) == {*first.kept, *first.written}


def test_the_ledger_stays_out_of_git(tmp_path: Path) -> None:
    start(tmp_path)

    assert ".reconciler/" in (tmp_path / ".gitignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", ["", "ACME", "a b", "a" * 41, "a: {b: c}"])
def test_a_name_that_is_no_authority_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a source"):
        init(tmp_path, "tabular", name, "")

    assert list(tmp_path.iterdir()) == []


def test_a_region_that_would_be_more_than_a_word_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no region"):
        init(tmp_path, "tabular", "acme", "eu\nledger: elsewhere")
