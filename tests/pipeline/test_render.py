import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from reconciler.demo.export import write, write_mapping
from reconciler.errors import InputError, Refused, UsageError
from reconciler.pipeline.bounded import Bounds, OutOfBounds
from reconciler.pipeline.render import render


class Centre:
    """A folder with an export and a mapping, and how to render it."""

    def __init__(self, root: Path) -> None:
        self.root, self.export, self.mapping, self.manifests = root, root / "export", root / "mapping", root / "manifests"
        self.mapping.mkdir()
        self.put("users.json", {"Users": [self.user("u-1"), self.user("u-2")]})

    @staticmethod
    def user(key: str, **more: Any) -> Any:
        return {"Id": key, "Username": key, "IdentityInfo": {"FirstName": "Ann", "LastName": key}, **more}

    def put(self, name: str, content: Any) -> None:
        path = self.export / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")

    def map(self, text: str, name: str = "mapping.yaml") -> None:
        (self.mapping / name).write_text(text, encoding="utf-8")

    def render(self, **options: Any) -> Any:
        defaults = {"platform": "amazon-connect", "source": "acme", "mapping": self.mapping}
        return render(export=self.export, manifests=self.manifests, **(defaults | options))

    def problems(self, **options: Any) -> Any:
        with pytest.raises(InputError) as raised:
            self.render(**options)
        assert not self.manifests.exists()
        return [str(problem).replace(str(self.root), "") for problem in raised.value.problems]

    def text(self, name: str) -> Any:
        return (self.manifests / name).read_text(encoding="utf-8")

    def files(self) -> Any:
        return {path.relative_to(self.manifests).as_posix(): path.read_bytes() for path in self.manifests.rglob("*.yaml")}


MAIL = 'email: "{{ fact.username }}@example.com"\n'


@pytest.fixture
def centre(tmp_path: Path) -> Any:
    made = Centre(tmp_path)
    made.map(MAIL)
    return made


def test_an_export_becomes_manifests(centre: Centre) -> None:
    done = centre.render()

    assert done.counts == {"users": 2}
    assert [path.name for path in done.changed] == ["sources.yaml", "home.yaml"]
    assert '  - key: "u-1"\n    name: "Ann u-1"\n' in centre.text("users/home.yaml")
    assert done.absent == ("divisions", "skills", "languages", "secondary_statuses", "queues")


def test_the_same_input_writes_nothing_again(centre: Centre) -> None:
    centre.render()
    done = centre.render()

    assert (done.changed, done.removed) == ((), ())


def test_check_writes_nothing(centre: Centre) -> None:
    assert len(centre.render(check=True).changed) == 2
    assert not centre.manifests.exists()


def test_all_problems_are_told_at_once_with_places(centre: Centre) -> None:
    centre.map("")
    centre.put("bad.json", "{")
    told = centre.problems()

    assert told[0].startswith("/export/bad.json:1:2: the file ends inside what line 1 opens")
    assert told[1].startswith("/export/users.json:4 user/u-1: has no e-mail address (and 1 more like it)")


def test_a_mistake_in_the_mapping_is_told_with_its_line(centre: Centre) -> None:
    centre.map("version: 1\nscop: {}\nskills:\n  levels: {a: 9}\n")
    told = centre.problems()

    assert told[0].startswith("/mapping/mapping.yaml:2:1 mapping: unknown key 'scop'; did you mean 'scope'?")
    assert told[1].startswith("/mapping/mapping.yaml:4")
    assert "skills.levels.a" in told[1]


def test_a_mapping_that_is_no_yaml_is_told_with_its_line(centre: Centre) -> None:
    centre.map("a: [1\n")

    assert centre.problems()[0].startswith("/mapping/mapping.yaml:")


def test_a_mapping_may_be_left_out(centre: Centre) -> None:
    people = [centre.user(key) for key in ("u-1", "u-2")]
    for one in people:
        one["IdentityInfo"]["Email"] = f"{one['Id']}@example.com"
    centre.put("users.json", {"Users": people})

    assert centre.render(mapping=None).counts == {"users": 2}


def test_an_unknown_platform_is_refused(centre: Centre) -> None:
    with pytest.raises(UsageError, match=r"there are amazon-connect, .*, tabular"):
        centre.render(platform="avaya")


def test_an_export_without_any_answer_is_a_problem(centre: Centre) -> None:
    (centre.export / "users.json").unlink()

    assert "the export says nothing" in centre.problems()[-1]


# ── templates ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_template_of_the_user_wins(centre: Centre) -> None:
    lines = ("users:", "{% for user in users %}", "  - key: {{ user.key }}", "    name: {{ user.name | upper }}", "{% endfor %}")
    centre.map("\n".join(lines), "users.yaml.j2")
    centre.render()

    assert 'name: "ANN U-1"' in centre.text("users/home.yaml")


def test_a_template_with_a_mistake_is_told_with_its_line(centre: Centre) -> None:
    centre.map("users:\n  - {{ users[0].nothing }}\n", "users.yaml.j2")

    assert centre.problems()[0].startswith("/mapping/users.yaml.j2:2")


def test_a_template_that_writes_no_yaml_is_told(centre: Centre) -> None:
    centre.map("users:\n - a\n- b\n", "users.yaml.j2")

    assert "the template writes no YAML" in centre.problems()[0]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux")
@pytest.mark.parametrize(
    "text",
    [
        "a: {{ 'x' * 10 ** 12 }}",
        "{% set ns = namespace(x='x') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}a: {{ ns.x }}",
        pytest.param("a: {{ 'x'.rjust(10 ** 12) }}", marks=pytest.mark.long),
        pytest.param("a: {{ '%999999999999d' | format(1) }}", marks=pytest.mark.long),
    ],
)
def test_a_template_cannot_exhaust_memory(centre: Centre, text: str) -> None:
    centre.map(text, "users.yaml.j2")

    with pytest.raises((OutOfBounds, InputError)):
        centre.render(bounds=Bounds(memory=512 * 1024 * 1024, seconds=20))
    assert not centre.manifests.exists()


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("users.yaml.j2", "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"),
        ("mapping.yaml", "scope: {users: 9 ** (9 ** 9) > 1}\n"),
    ],
)
def test_a_template_or_expression_cannot_take_for_ever(centre: Centre, name: str, text: str) -> None:
    centre.map(text, name)

    with pytest.raises(OutOfBounds, match="took longer than 2 s"):
        centre.render(bounds=Bounds(seconds=2))


def test_a_name_of_the_export_cannot_become_an_expression(centre: Centre) -> None:
    centre.put("users.json", {"Users": [centre.user("u-1", Username="{{ 7 * 7 }}{% raw %}")]})
    centre.map('email: "u@example.com"\nname: "{{ fact.username }}"\n')
    centre.render()

    assert 'name: "{{ 7 * 7 }}{% raw %}"' in centre.text("users/home.yaml")


def test_an_export_cannot_bring_files_from_elsewhere(centre: Centre) -> None:
    (centre.root / "secret.json").write_text('{"Users": []}', encoding="utf-8")
    (centre.export / "more.json").symlink_to("../secret.json")

    assert centre.problems() == ["/export/more.json: a link out of the folder, not followed; put the file itself here"]


# ── ownership ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_own_files_without_objects_are_removed_and_others_left(centre: Centre) -> None:
    centre.put("q.json", {"QueueSummaryList": [{"Id": "q", "Name": "Q", "QueueType": "STANDARD"}]})
    centre.render()
    (centre.manifests / "mine.yaml").write_text("version: 1\n", encoding="utf-8")
    centre.put("q.json", {"QueueSummaryList": [{"Id": "u-1", "QueueType": "AGENT"}]})
    done = centre.render()

    assert [path.name for path in done.removed] == ["queues.yaml"]
    assert (centre.manifests / "mine.yaml").exists()


def test_files_of_a_collection_the_export_does_not_speak_of_stay(centre: Centre) -> None:
    centre.put("q.json", {"QueueSummaryList": [{"Id": "q", "Name": "Q", "QueueType": "STANDARD"}]})
    centre.render()
    (centre.export / "q.json").unlink()
    done = centre.render()

    assert done.removed == ()
    assert "queues" in done.absent
    assert (centre.manifests / "queues.yaml").exists()


def test_a_file_of_somebody_else_in_the_way_is_a_problem(centre: Centre) -> None:
    centre.manifests.mkdir()
    (centre.manifests / "sources.yaml").write_text("version: 1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"sources\.yaml:1: this file is not the renderer's"):
        centre.render()

    assert list(centre.files()) == ["sources.yaml"]


def test_an_export_cut_short_is_refused(centre: Centre) -> None:
    centre.put("users.json", {"Users": [centre.user(f"u-{number}") for number in range(10)]})
    centre.render(min_percent=90)
    before = centre.files()
    centre.put("users.json", {"Users": [centre.user(f"u-{number}") for number in range(8)]})

    with pytest.raises(Refused, match="the export holds 8 users, the manifests 10: less than 90 %"):
        centre.render(min_percent=90)

    assert centre.files() == before
    assert centre.render(min_percent=80).counts == {"users": 8}


def test_one_who_leaves_a_small_team_is_no_cut(centre: Centre) -> None:
    centre.render(min_percent=90)
    centre.put("users.json", {"Users": [centre.user("u-1")]})

    assert centre.render(min_percent=90).counts == {"users": 1}


# ── stability ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_order_in_the_export_does_not_show(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = Centre(tmp_path / "a"), Centre(tmp_path / "b")
    for centre in (one, other):
        (centre.export / "users.json").unlink()
        write(centre.export, day=1)
        write_mapping(centre.mapping)
    _shuffle(other.export, random.Random(7))

    one.render()
    other.render()

    assert one.files() == other.files()


def _shuffle(folder: Path, dice: Any) -> None:
    for path in folder.rglob("*.json"):
        try:
            answer = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        for value in answer.values():
            if isinstance(value, list):
                dice.shuffle(value)
        path.write_text(json.dumps(answer), encoding="utf-8")


def test_tables_become_manifests(centre: Centre) -> None:
    (centre.export / "users.json").unlink()
    centre.put("agents.csv", "Id,Name,Mail,Site,Skills,Queues\n007,山田 太郎,y@example.com,Tokyo,billing=10,Sales\n")
    centre.map(
        "columns:\n  users:\n    {file: agents.csv, key: Id, name: Name, email: Mail, division: Site, queues: Queues,\n"
        '     skills: {column: Skills, level: "="}}\n'
        'skills: {levels: {"10": 5}}\ndivision: {keys: {Tokyo: tokyo}}\n'
    )
    centre.render(platform="tabular")

    assert '  - key: "007"\n    name: "山田 太郎"\n' in centre.text("users/tokyo.yaml")
    assert 'skills: {"billing": 5.0}' in centre.text("users/tokyo.yaml")
    assert '        - "007" # "山田 太郎, by agents.csv"' in centre.text("queues.yaml")
