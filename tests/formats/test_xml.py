"""XML: names, text and places; and what is refused before it does harm."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.formats import xml
from reconciler.formats.xml import DEPTH, Element
from reconciler.model.problem import Problem


def read(text: str | bytes) -> Any:
    return xml.read(text if isinstance(text, bytes) else text.encode(), file="user.xml")


def test_elements_are_read_with_their_text() -> None:
    found = read("<User>\n <state> READY </state><state>2</state><empty/></User>")

    assert [(one.name, one.text) for one in found.children] == [("state", "READY"), ("state", "2"), ("empty", "")]
    assert found.say("STATE") == "READY"
    assert found.say("other") == ""
    assert found.child("other") is None


def test_names_are_told_without_namespaces() -> None:
    found = read('<f:User xmlns:f="http://one" xmlns="http://two"><state f:x="1" y="2">A</state></f:User>')

    assert (found.name, found.children[0].name, found.children[0].attributes) == ("User", "state", {"x": "1", "y": "2"})


@pytest.mark.parametrize(
    "text",
    ["a<b/>c", "a<!-- x -->c", "a<![CDATA[c]]>", "a<?php x?>c", "a&#99;", "<b/>ac"],
)
def test_text_in_parts_is_whole(text: str) -> None:
    assert read(f"<r>{text}</r>").text == "ac"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ('<?xml version="1.0"?><r>日本</r>'.encode(), "日本"),
        ('\ufeff<?xml version="1.0" encoding="UTF-8"?><r>é</r>'.encode(), "é"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><r>é</r>'.encode("latin-1"), "é"),
        ('<?xml version="1.0" encoding="UTF-16"?><r>é</r>'.encode("utf-16"), "é"),
    ],
)
def test_the_encoding_is_the_documents_own(data: bytes, text: str) -> None:
    assert read(data).text == text


LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd"><r/>',
        f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><r>&l9;</r>',
        "<!DOCTYPE r><r/>",
    ],
)
def test_a_document_type_is_refused(text: str) -> None:
    assert str(read(text)).startswith("user.xml:1:")
    assert "document type or entity" in str(read(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no element found"),
        ("<r>", "no element found"),
        ("<r></s>", "user.xml:1:6: not XML: mismatched tag"),
        ("<r>&x;</r>", "undefined entity"),
        ("<r/><r/>", "junk after document element"),
        ('<?xml version="1.0" encoding="nonsense"?><r/>', "encoding"),
        ("<a>" * (DEPTH + 1), f"nested deeper than {DEPTH} levels"),
        ("<a>" * 1_000_000, f"nested deeper than {DEPTH} levels"),
        ("<a " + "b='1' " * 100_000, "not XML"),
        (b"\xff\x00<", "not XML"),
    ],
)
def test_what_is_no_document_is_a_problem_with_its_place(text: str | bytes, message: str) -> None:
    assert message in str(read(text))


def test_a_huge_document_is_refused() -> None:
    assert "larger than" in str(read(b" " * (xml.MAX_BYTES + 1)))


@given(st.binary(max_size=100) | st.text(alphabet="<>/ab&;!['\"=? ", max_size=60))
def test_nothing_does_more_than_be_refused(data: bytes | str) -> None:
    assert isinstance(read(data), Element | Problem)
