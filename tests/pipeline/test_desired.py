"""The folder of manifests, as a person would name its files."""

from __future__ import annotations

from pathlib import Path

import pytest
from flow.centre import Centre

from reconciler.errors import ConfigurationError, InputError
from reconciler.model.resource import Ref
from reconciler.pipeline import desired

BROKEN = "skills: [{key: a}]\n"


def problems(centre: Centre) -> list[str]:
    with pytest.raises(InputError) as caught:
        desired.load(centre.settings)
    return [str(one) for one in caught.value.problems]


def test_files_of_both_endings_at_any_depth_are_one_state(centre: Centre) -> None:
    centre.write("skills: [{key: a, name: A}]\n", "a.yaml")
    centre.write("skills: [{key: b, name: B}]\n", "b.yml")
    (centre.root / "manifests" / "deep" / "er").mkdir(parents=True)
    centre.write("skills: [{key: c, name: C}]\n", "deep/er/c.yaml")
    (centre.root / "manifests" / "notes.txt").write_text("no manifest")

    assert set(desired.load(centre.settings)[0].resources) == {Ref("skill", key) for key in "abc"}


def test_files_are_named_from_the_folder_of_the_settings(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    centre.write(BROKEN, "a.yaml")
    monkeypatch.chdir("/")

    assert problems(centre) == ["manifests/a.yaml:2:10 skill/a: name is missing; write it"]


def test_a_folder_elsewhere_is_named_whole(centre: Centre, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "a.yaml").write_text(f"version: 1\n{BROKEN}")
    centre.configure(f"manifests: {elsewhere}\n")

    assert problems(centre) == [f"{elsewhere}/a.yaml:2:10 skill/a: name is missing; write it"]


def test_no_folder_says_how_to_get_one(centre: Centre) -> None:
    with pytest.raises(ConfigurationError, match=r"no folder .*manifests: write manifests into it, or render them"):
        desired.load(centre.settings)


def test_an_empty_folder_wants_nothing(centre: Centre) -> None:
    (centre.root / "manifests").mkdir()

    state, warnings = desired.load(centre.settings)

    assert (state.resources, warnings) == ({}, ())


def test_a_second_load_is_the_same_from_the_cache(centre: Centre) -> None:
    centre.write("skills: [{key: a, name: A}]\n")

    first, second = desired.load(centre.settings)[0], desired.load(centre.settings)[0]

    assert first.resources == second.resources
    assert first.digest == second.digest
    assert any((centre.root / ".reconciler" / "cache").rglob("*"))


def test_a_link_out_of_the_folder_is_not_followed(centre: Centre, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("secret") / "secret.yaml"
    secret.write_text("version: 1\nskills: [{key: a, name: A}]\n")
    (centre.root / "manifests").mkdir()
    Path(centre.root / "manifests" / "link.yaml").symlink_to(secret)

    assert problems(centre)[0].startswith("manifests/link.yaml: ")


@pytest.mark.parametrize(
    ("kind", "count", "said"),
    [("secondary_status", 0, "0 secondary statuses"), ("wrapup_code", 1, "1 wrapup code"), ("user", 1_204, "1,204 users")],
)
def test_objects_are_counted_as_people_do(kind: str, count: int, said: str) -> None:
    assert desired.counted(kind, count) == said
