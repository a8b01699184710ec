"""The picture and the page of a conversation: well-formed, whole, and nothing in a name can write any of it."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.talks import CONSULTED, ILLEGAL, PEOPLE, SIMPLE, TRANSFERRED, story

from reconciler.model.story import Story
from reconciler.report.conversation_html import html
from reconciler.report.conversation_svg import LEFT, RIGHT, WIDTH, svg

NAMESPACE = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "</title><script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "]]><!--",
    "&lt;b&gt;&x;",
    "{{ 7*7 }}",
    "\x00\x1b\ufffe\uffff\ud800\u202e",
)
TALKS = {"simple": SIMPLE, "transferred": TRANSFERRED, "consulted": CONSULTED, "illegal": ILLEGAL}


def named(word: str) -> Story:
    """A conversation with a word wherever a name can stand."""
    text = TRANSFERRED.replace("ani=+815000001", "ani=X")
    found = story(text, people=dict.fromkeys(PEOPLE, word))
    return Story(word, word, word, "UTC", lanes=found.lanes, moves=found.moves, entries=found.entries, notes=(word,))


def tags(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every tag of a page with the names of its attributes."""
    found = []

    class Page(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, tuple(name for name, _ in attrs)))

    Page().feed(page)
    return found


@pytest.mark.parametrize("name", TALKS)
def test_the_picture_is_xml_with_a_row_for_every_leg(name: str) -> None:
    one = story(TALKS[name])

    root = ET.fromstring(svg(one))
    labels = [text.text for text in root.findall(f"{NAMESPACE}g/{NAMESPACE}text")]

    assert all(any(lane.called[:10] in str(label) for label in labels) for lane in one.lanes)
    assert root.findtext(f"{NAMESPACE}title") == "Conversation c1"
    assert root.get("role") == "img"


def test_the_picture_says_in_words_what_it_shows() -> None:
    text = str(ET.fromstring(svg(story(TRANSFERRED))).findtext(f"{NAMESPACE}desc"))

    assert text.startswith("inbound call, 2026-11-22 17:00:00 to 17:03:00 Asia/Tokyo, 3 min. Legs: 1 customer +815000001;")
    assert "Transfers: 1 17:01:00.000  attended transfer to queue Technical Support by agent 青空 ひかり: completed" in text


def test_bars_stand_where_their_times_are() -> None:
    root = ET.fromstring(svg(story(SIMPLE)))
    held = next(one for one in root.iter(f"{NAMESPACE}rect") if one.get("class") == "held")
    pixels = (WIDTH - RIGHT - LEFT) / 140

    assert float(held.get("x", "")) == pytest.approx(LEFT + 50 * pixels, abs=0.1)
    assert float(held.get("width", "")) == pytest.approx(15 * pixels, abs=0.2)
    assert held.findtext(f"{NAMESPACE}title") == "on hold 17:00:50.000 to 17:01:05.000, 15 s"


def test_a_refusal_stands_at_its_time_with_its_reason() -> None:
    text = svg(story(ILLEGAL))

    assert "refused: answer: leg A (agent) is connected; a leg is answered once" in text
    assert f'class="refused" x1="{WIDTH - RIGHT}.0"' in text


@pytest.mark.parametrize("word", HOSTILE)
def test_a_hostile_name_writes_no_markup(word: str) -> None:
    harmless = named("Ann")

    assert [one.tag for one in ET.fromstring(svg(named(word))).iter()] == [one.tag for one in ET.fromstring(svg(harmless)).iter()]
    assert tags(html(named(word))) == tags(html(harmless))


@given(st.text(max_size=40))
@settings(max_examples=50)
def test_any_name_leaves_the_picture_well_formed(word: str) -> None:
    assert ET.fromstring(svg(named(word))).tag == f"{NAMESPACE}svg"


@pytest.mark.parametrize("name", TALKS)
def test_the_page_loads_nothing_and_runs_nothing(name: str) -> None:
    page = html(story(TALKS[name]))

    assert "default-src 'none'" in page
    assert {tag for tag, _ in tags(page)} & {"script", "link", "img", "iframe", "object", "form"} == set()
    assert not {attribute for _, names in tags(page) for attribute in names if attribute.startswith("on") or attribute == "href"}
    assert "prefers-color-scheme: dark" in page


def test_the_page_has_every_event_with_what_it_is_told_as() -> None:
    page = html(story(SIMPLE))

    assert [f"log:{number}" in page for number in range(1, 8)] == [True] * 7
    assert "<b>communicationDispositionApplied</b>" in page
    assert "wrapup code Sale" in page


def test_the_page_of_a_refused_conversation_begins_with_the_cause() -> None:
    page = html(story(ILLEGAL))

    assert page.index("note bad") < page.index("<svg")
    assert "a leg is answered once" in page
