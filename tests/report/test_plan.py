"""The HTML of a plan: complete, in order, and nothing in a plan can write any of it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.change import Adoption, Change, FieldChange, Header, Op, Plan, Refusal
from reconciler.model.problem import plain
from reconciler.model.resource import Ref
from reconciler.report.plan import OPEN, SHOWN, html

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>*{display:none}</style>",
    "</title><script src=//evil.example></script>",
    "{{ 7*7 }}{% for x in y %}",
    "<!--",
    "]]>&lt;b&gt;",
    "javascript:alert(1)",
    "</details></main></body></html><form action=//evil.example>",
]


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, and text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.comments = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.comments += len(data) + 1


def change(op: Op, key: str, name: str = "Name", kind: str = "queue", *fields: FieldChange) -> Change:
    return Change(op, Ref(kind, key), name, fields, origin="manifests/queues.yaml:3", reason="differs")


def everywhere(word: str) -> Plan:
    """A plan that holds a word in every place a text can stand."""
    fields = (
        FieldChange(("name",), word, word),
        FieldChange((word,), word, word),
        FieldChange(("media", word), word, word),
        FieldChange(("members", word), before=False, after=True),
    )
    changes = tuple(Change(op, Ref(word, word), word, fields, origin=word, reason=word, needs=(word,)) for op in Op)
    return Plan(
        changes,
        (Adoption(Ref(word, word), word, word),),
        3,
        (Ref(word, word),),
        (Refusal(word, word, word),),
        (word,),
        Header(word, word, word, word, word, word, word, word, complete=False),
        billable=(word,),
        names={f"user/{word}": word, f"{word}/{word}": word},
    )


@pytest.mark.parametrize("word", HOSTILE)
def test_no_text_of_a_plan_can_write_html(word: str) -> None:
    page, harmless = Page(html(everywhere(word))), Page(html(everywhere("word")))

    assert page.tags == harmless.tags
    assert not page.comments
    assert page.text.count(word) >= 30


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1, max_size=12).filter(lambda word: word != "name"))  # a field of that name is told in the heading
def test_any_text_leaves_the_page_as_it_is(word: str) -> None:
    page = Page(html(everywhere(word)))

    assert page.tags == Page(html(everywhere("word"))).tags


def test_the_page_may_load_and_run_nothing() -> None:
    page = html(everywhere("word"))

    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in page
    assert {tag for tag, _ in Page(page).tags}.isdisjoint({"script", "link", "img", "iframe", "object", "form", "base"})
    assert not [
        name for _, names in Page(page).tags for name in names if name in {"src", "href", "style"} or name.startswith("on")
    ]


def test_direction_marks_are_shown_wherever_they_stand() -> None:
    text = Page(html(everywhere("Invoice\u202egnp.exe"))).text

    assert "Invoice\\u202egnp.exe" in text
    assert "\u202e" not in text


def test_wide_names_are_shown_as_they_are() -> None:
    assert "山田 太郎" in Page(html(Plan((change(Op.CREATE, "a1", "山田 太郎", "user"),)))).text


def test_removals_come_first() -> None:
    plan = Plan((change(Op.CREATE, "q1", "New"), change(Op.DELETE, "q2", "Gone"), change(Op.DEACTIVATE, "a1", "Left", "user")))

    text = Page(html(plan)).text

    assert text.index("Removals") < text.index("Gone") < text.index("Left") < text.index("Queues") < text.index("New")


def test_changes_stand_below_their_kind() -> None:
    plan = Plan((change(Op.CREATE, "billing", "Billing", "skill"), change(Op.UPDATE, "lunch", "Lunch", "secondary_status")))

    text = Page(html(plan)).text

    assert text.index("Skills") < text.index("Billing") < text.index("Secondary statuses") < text.index("Lunch")


def test_a_field_shows_what_it_was_and_what_it_becomes() -> None:
    page = html(Plan((change(Op.UPDATE, "q1", "Q", "queue", FieldChange(("description",), "Bills", "Invoices")),)))

    assert "<del><bdi>Bills</bdi></del><ins><bdi>Invoices</bdi></ins>" in page


def test_members_are_called_by_their_names() -> None:
    fields = FieldChange(("members", "a1"), before=False, after=True), FieldChange(("members", "a2"), before=True, after=False)
    plan = Plan((change(Op.UPDATE, "q1", "Q", "queue", *fields),), names={"user/a1": "山田 太郎"})

    page = html(plan)

    assert "<ins>+<bdi>山田 太郎</bdi></ins>" in page
    assert "<del>-<bdi>a2</bdi></del>" in page


def test_many_values_unfold() -> None:
    fields = [FieldChange(("members", f"m{number:03}"), before=False, after=True) for number in range(SHOWN + 5)]

    text = Page(html(Plan((change(Op.UPDATE, "q1", "Q", "queue", *fields),)))).text

    assert "and 5 more" in text
    assert "m016" in text


@pytest.mark.parametrize(("count", "is_open"), [(OPEN, True), (OPEN + 1, False)])
def test_large_groups_begin_folded(count: int, is_open: bool) -> None:
    page = Page(html(Plan(tuple(change(Op.CREATE, f"q{number}") for number in range(count)))))

    assert (("details", ("class", "id", "open")) in page.tags) is is_open


def test_removals_never_begin_folded() -> None:
    page = Page(html(Plan(tuple(change(Op.DELETE, f"q{number}") for number in range(OPEN + 1)))))

    assert ("details", ("class", "id", "open")) in page.tags


def test_refusals_tell_the_words_that_override_them() -> None:
    text = Page(html(Plan(refusals=(Refusal("limit", "37 removals of user", "--allow-removals 37"),)))).text

    assert "37 removals of user" in text
    assert "--allow-removals 37" in text


def test_who_becomes_billable_is_named() -> None:
    plan = Plan((change(Op.RESTORE, "a1", "Taro", "user"),), billable=("a1",))

    assert "1 user becomes billable by the roles given back: Taro." in Page(html(plan)).text


def test_a_plan_without_changes_says_so() -> None:
    assert "Nothing to do." in Page(html(Plan(unchanged=1204))).text


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert html(everywhere("word")) == html(everywhere("word"))


def test_control_characters_are_shown() -> None:
    assert plain("a\x00\x1b[31mb") in Page(html(Plan(warnings=("a\x00\x1b[31mb",)))).text
