"""`plan --format html` and `show FILE --format html`, as commands."""

from __future__ import annotations

import pytest
from flow.centre import SMALL
from flow.served import Served


def test_a_plan_is_one_page(served: Served) -> None:
    done = served.run("plan", "--format", "html")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.endswith("</html>\n")
    assert "山田 太郎" in done.stdout


@pytest.mark.long
def test_a_saved_plan_shows_the_page_that_planning_printed(served: Served) -> None:
    planned = served.run("plan", "--format", "html", "-o", "plan.json")

    shown = served.run("show", "plan.json", "--format", "html")

    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == planned.stdout


def test_a_hostile_name_stays_a_name(served: Served) -> None:
    served.write(SMALL.replace("name: Returns}", 'name: "<script>alert(1)</script>"}'))

    done = served.run("plan", "--format", "html")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in done.stdout
    assert "<script" not in done.stdout
