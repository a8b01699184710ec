"""A plan as text for a terminal and as Markdown for a pull request."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.model.change import Adoption, Change, FieldChange, Header, Op, Plan, Refusal
from reconciler.model.resource import Ref
from reconciler.plan.show import (
    broken,
    code,
    columns,
    counts,
    duration,
    escaped,
    fit,
    lines,
    markdown,
    prefix,
    scalar,
    summary,
    wrap,
)


def change(op: Op, ref: str, *fields: tuple[str, Any, Any], name: str = "", **more: Any) -> Change:
    changed = tuple(FieldChange(tuple(path.split(".")), before, after) for path, before, after in fields)
    return Change(op, Ref.parse(ref), name or Ref.parse(ref).key, changed, **more)


def text(plan: Plan, width: int = 80) -> str:
    return "\n".join(line.text for line in lines(plan, width)) + "\n"


PLAN = Plan(
    changes=(
        change(
            Op.CREATE, "division/osaka", ("name", "", "大阪センター"), name="大阪センター", origin="manifests/divisions.yaml:4"
        ),
        change(
            Op.CREATE,
            "queue/q-9",
            ("name", "", "Billing Osaka"),
            ("division", "home", "osaka"),
            ("media.call.auto_answer", None, True),
            ("wrapup_codes.sale", False, True),
            name="Billing Osaka",
            origin="manifests/queues.yaml:40",
        ),
        change(Op.UPDATE, "queue/q-9", ("members.a1", False, True), name="Billing Osaka", part="members"),
        change(
            Op.UPDATE,
            "user/a1",
            ("skills.billing", 3.0, 4.0),
            ("skills.french", None, 2.5),
            ("skills.german", 1.0, None),
            ("title", "", "Agent"),
            ("department", "Sales", ""),
            name="山田 太郎",
            origin="manifests/users/tokyo.yaml:14",
        ),
        change(Op.RENAME, "wrapup_code/sale", ("name", "Sale", "Sold"), name="Sale", reason="same object, recognised by ledger"),
        change(Op.UPDATE, "queue/q-1", *((f"members.m{n}", n > 4, n <= 4) for n in range(11)), name="Billing"),
        change(Op.RESTORE, "user/b2", name="Bo", reason="is inactive in Genesys Cloud"),
        change(Op.DELETE, "skill/old", name="Old skill", reason="named by no manifest any more"),
    ),
    adoptions=(Adoption(Ref("skill", "billing"), "Billing", "name"), Adoption(Ref("user", "a1b2c3d4"), "佐藤 花子", "name")),
    unchanged=1204,
    strays=tuple(Ref("user", f"s{n}") for n in range(10)),
    refusals=(Refusal("limit", "30 removals of user, at most 25 are allowed", "--allow-removals 30"), Refusal("x", "Never")),
    warnings=("user/c3 skills: not read completely (page 3 of 5 did not come); left alone",),
    header=Header("0a1b2c3d-0000-4000-8000-000000000000", "ap-northeast-1", "acme", spent=27),
    predicted=41,
    seconds=9,
    names={"user/m1": "鈴木"},
)

TEXT = """\
Plan for source acme in organisation
0a1b2c3d-0000-4000-8000-000000000000 (ap-northeast-1)

  -   skill/old  Old skill
        (named by no manifest any more)
  +   division/osaka  大阪センター                    manifests/divisions.yaml:4
  +   queue/q-9  Billing Osaka                          manifests/queues.yaml:40
        division: osaka; media: call.auto_answer yes; wrapup_codes: +sale
  ~   queue/q-9#members  Billing Osaka
        members: +a1
  ~   user/a1  山田 太郎                           manifests/users/tokyo.yaml:14
        skills: billing 3 → 4, french + 2.5, german 1 → none
        title: + Agent
        department: Sales → none
  →   wrapup_code/sale  Sale
        (same object, recognised by ledger)
        name: Sale → Sold
  ~   queue/q-1  Billing
        members: +m0, +鈴木, +m2, +m3, +m4, -m5, -m6, -m7 and 3 more
  ↺   user/b2  Bo
        (is inactive in Genesys Cloud)

  ^   skill/billing  Billing: taken in as it is, recognised by name
  ^   user/a1b2c3d4  佐藤 花子: taken in as it is, recognised by e-mail address

Warning: user/c3 skills: not read completely (page 3 of 5 did not come); left
alone
Refused: 30 removals of user, at most 25 are allowed. To do it all the same:
--allow-removals 30
Refused: Never.
1,204 unchanged hidden.
10 of ours named by no manifest, left alone: user/s0, user/s1, user/s2, user/s3,
user/s4, user/s5, user/s6, user/s7 and 2 more
Plan: 2 to add, 2 to change, 1 to destroy, 1 to rename, 2 to adopt, 1 to
    restore.
27 requests read it; applying takes about 41 requests, about 9 s at the request
    limit.
"""


def test_a_plan_reads_as_a_review() -> None:
    assert text(PLAN) == TEXT


def test_a_plan_without_changes_says_so() -> None:
    assert text(Plan(unchanged=3, header=Header("org", "", "acme"))) == (
        "Plan for source acme in organisation\norg\n\n3 unchanged hidden.\n"
        "Plan: nothing to do. Genesys Cloud is as the manifests say.\n"
    )


def test_a_plan_of_adoptions_alone_is_something_to_do() -> None:
    plan = Plan(adoptions=(Adoption(Ref("skill", "a"), "A", "name"),), unchanged=1)

    assert summary(plan) == "Plan: 0 to add, 0 to change, 0 to destroy, 1 to adopt."


def test_the_second_change_of_a_new_object_is_not_counted_again() -> None:
    assert counts(PLAN) == {"to add": 2, "to change": 2, "to destroy": 1, "to rename": 1, "to adopt": 2, "to restore": 1}


def test_lines_have_the_tone_of_their_change() -> None:
    tones = {
        line.text.split("  ")[2].strip(): line.tone for line in lines(PLAN) if line.text.startswith("  ") and line.text[2] != " "
    }

    assert tones["skill/old"] == "delete"
    assert tones["user/b2"] == "restore"
    assert {line.tone for line in lines(PLAN)} == {
        "", "head", "faint", "warning", "refusal", "adopt", "create", "update", "rename", "delete", "restore",
    }  # fmt: skip


def test_markdown_reads_as_a_review() -> None:
    plan = Plan(
        changes=PLAN.changes[3:4],
        refusals=PLAN.refusals,
        warnings=PLAN.warnings,
        unchanged=1204,
        header=PLAN.header,
        predicted=3,
    )

    assert markdown(plan) == (
        "### Plan: 0 to add, 1 to change, 0 to destroy.\n"
        "\n"
        "> **Refused:** 30 removals of user, at most 25 are allowed. To do it all the same: `--allow-removals 30`\n"
        "> **Refused:** Never.\n"
        "> **Warning:** user/c3 skills: not read completely \\(page 3 of 5 did not come\\); left alone\n"
        "\n"
        "- `~` **user/a1** 山田 太郎 · manifests/users/tokyo.yaml:14\n"
        "  - skills: billing 3 → 4, french + 2.5, german 1 → none\n"
        "  - title: + Agent\n"
        "  - department: Sales → none\n"
        "\n"
        "1,204 unchanged. 27 requests read it; applying takes about 3 requests.\n"
        "Organisation `0a1b2c3d-0000-4000-8000-000000000000`, source `acme`.\n"
    )


# ── widths ───────────────────────────────────────────────────────────────────────────────────────────────────────────

ANY = st.text(st.characters(codec="utf-8"), max_size=60) | st.text("東京カﾀﾞe\u0301🙂 a", max_size=60)
KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60) | st.text("東京a", min_size=1, max_size=90)
REFS = st.builds(Ref, st.sampled_from(["user", "queue", "skill"]), KEYS)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | ANY
FIELDS = st.builds(FieldChange, st.lists(KEYS, min_size=1, max_size=3).map(tuple), VALUES, VALUES)
CHANGES = st.builds(
    Change,
    st.sampled_from(list(Op)),
    REFS,
    ANY,
    st.lists(FIELDS, max_size=4).map(tuple),
    part=st.sampled_from(["", "members"]),
    origin=ANY,
    reason=ANY,
)
PLANS = st.builds(
    Plan,
    st.lists(CHANGES, max_size=4).map(tuple),
    st.lists(st.builds(Adoption, REFS, ANY, st.just("name")), max_size=2).map(tuple),
    st.integers(0, 10**6),
    st.lists(REFS, max_size=10).map(tuple),
    st.lists(st.builds(Refusal, ANY, ANY, ANY), max_size=2).map(tuple),
    st.lists(ANY, max_size=2).map(tuple),
    st.builds(Header, ANY, ANY, ANY),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)


def takes(shown: str) -> int:
    """Columns of a text, counted another way."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in shown)
    return len(shown) + wide - sum(bool(unicodedata.combining(sign)) for sign in shown)


@given(PLANS)
def test_no_line_is_wider_than_the_terminal(plan: Plan) -> None:
    assert max(takes(line.text) for line in lines(plan)) <= 80


@given(PLANS, st.integers(20, 200))
def test_every_width_is_kept(plan: Plan, width: int) -> None:
    assert max(takes(line.text) for line in lines(plan, width)) <= width


@given(PLANS)
def test_no_name_steers_the_terminal(plan: Plan) -> None:
    shown = "".join(line.text for line in lines(plan))

    assert not {unicodedata.category(sign) for sign in shown} & {"Cc", "Cs", "Zl", "Zp"}


@given(ANY, st.integers(20, 90))
def test_breaking_loses_nothing_but_blanks(shown: str, width: int) -> None:
    parts = list(broken(shown, width))

    assert "".join("".join(parts).split()) == "".join(shown.split())


@pytest.mark.parametrize(
    ("shown", "width", "expected"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 5, "abcd…"),
        ("東京駅前", 5, "東京…"),
        ("東京駅前", 4, "東… "),
        ("a", 1, "a"),
        ("ab", 1, "…"),
    ],
)
def test_a_cell_is_exactly_as_wide_as_asked(shown: str, width: int, expected: str) -> None:
    assert fit(shown, width) == expected
    assert columns(fit(shown, width)) == width


@pytest.mark.parametrize(
    ("shown", "width", "expected"), [("ab", 5, "ab"), ("東京", 3, "東"), ("e\u0301e\u0301", 1, "e\u0301"), ("", 0, "")]
)
def test_a_beginning_is_never_wider_than_asked(shown: str, width: int, expected: str) -> None:
    assert prefix(shown, width) == expected


def test_words_are_wrapped_at_blanks() -> None:
    assert list(wrap(["one", "two", "three"], 2, 9)) == ["  one two", "  three"]
    assert list(wrap([], 2, 9)) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "none"),
        ("", "none"),
        (True, "yes"),
        (False, "no"),
        (3.0, "3"),
        (2.5, "2.5"),
        (3599.999, "3599.999"),
        (0, "0"),
        ("a\nb", "a\\x0ab"),
    ],
)
def test_a_value_reads_as_people_write_it(value: Any, expected: str) -> None:
    assert scalar(value) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(0, "0 s"), (99, "99 s"), (100, "2 min"), (3600, "60 min")])
def test_a_time_reads_as_people_say_it(seconds: int, expected: str) -> None:
    assert duration(seconds) == expected


# ── Markdown ─────────────────────────────────────────────────────────────────────────────────────────────────────────

HOSTILE = [
    "<script>alert(1)</script>",
    "**bold** _it_ ~~no~~ `code`",
    "[link](https://evil.test) ![i](x)",
    "https://evil.test www.evil.test HTTP://evil.test WwW.evil.test",
    "@everyone user@host.test",
    "a | b | c",
    "&lt;b&gt; &#42;x&#42;",
    "\n\n# heading\n\n- item",
    "$x^2$ \\(y\\)",
    "trailing \\",
    "`",
]


def words(shown: str) -> str:
    """What a reader sees of Markdown: the text of its tokens; fails where anything else was made of a name."""
    reader = MarkdownIt("js-default", {"html": True})
    seen = []
    for token in reader.parse(shown):
        for child in token.children or ():
            assert child.type in {"text", "softbreak", "strong_open", "strong_close", "code_inline"}, child
            seen.append(child.content)
        assert token.type not in {"html_block", "fence", "code_block", "table_open"}, token
    return "".join(seen)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_cannot_write_markdown(name: str) -> None:
    plan = Plan(
        (change(Op.UPDATE, "user/x", ("title", "", name), name=name, origin=name),),
        warnings=(name,),
        refusals=(Refusal("g", name),),
    )

    shown = markdown(plan)

    assert shown.count("\n#") == 0
    assert not re.search(r"(?i)https?://|www\.|@\w", shown)
    assert words(shown).count("·") == 1


@given(st.text(st.characters(codec="utf-8", exclude_characters=" \u200b@:wW", categories=["L", "P", "S", "N"])))
def test_escaped_text_reads_as_itself(name: str) -> None:
    assert words(f"x{escaped(name)}x") == f"x{name}x"


def test_code_stays_in_its_span() -> None:
    assert code("a`b\nc") == "a'b\\x0ac"


def many(count: int) -> Plan:
    return Plan(tuple(change(Op.UPDATE, f"user/u{n}", ("title", "", "東京" * 20), name=f"山田 {n}") for n in range(count)))


@pytest.mark.parametrize("limit", [1_000, 5_000, 50_000])
def test_markdown_is_cut_between_changes(limit: int) -> None:
    shown = markdown(many(2_000), limit)

    kept = shown.count("\n- `~` **user/u")
    assert len(shown.encode()) <= limit
    assert len(shown.encode()) > limit - 500
    assert shown.count("\n  - title: + ") == kept
    assert f"… and {2_000 - kept} more changes: see the whole plan." in shown
    assert shown.endswith("source ``.\n")


def test_no_limit_is_exceeded_by_a_byte() -> None:
    plan = many(12)

    assert all(len(markdown(plan, limit).encode()) <= limit for limit in range(700, 1_300))


def test_markdown_that_fits_is_whole() -> None:
    assert "more changes" not in markdown(many(200))


def test_a_removal_is_never_what_is_cut() -> None:
    plan = Plan((*many(2_000).changes, change(Op.DELETE, "skill/z")))

    assert "**skill/z**" in markdown(plan)


def test_many_warnings_do_not_make_it_longer() -> None:
    plan = Plan(many(2_000).changes, warnings=tuple(f"queue/{n} members: not read completely; left alone" for n in range(2_000)))

    shown = markdown(plan)

    assert len(shown.encode()) <= 50_000
    assert re.search(r"… and \d+ more notes: see the whole plan\.", shown)
    assert "**user/u0**" in shown
