import re

import pytest

from reconciler.sources.genesys_engage.expression import parse

ANN = {"Billing": 7, "Japan ese": 2}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ('Skill("Billing")>5', True),
        ('Skill("Billing") > 7', False),
        ('Skill("Billing") >= 7', True),
        ('Skill("Billing")<=6', False),
        ('Skill("Billing")<8', True),
        ('Skill("Billing")=7', True),
        ('Skill("Billing")==7', True),
        ('Skill("Billing")!=7', False),
        ('Skill("Orders")<3', False),
        ('Skill("Orders")!=3', False),
        ('SkillExists("Japan ese")', True),
        ('~SkillExists("Orders")', True),
        ('Skill("Billing")>9 | SkillExists("Billing") & Skill("Japan ese")=2', True),
        ('(Skill("Billing")>9 | SkillExists("Billing")) & Skill("Japan ese")=3', False),
        ('skill("Billing") > 1 && !(skill("Billing") > 9)', True),
    ],
)
def test_an_expression_says_who_fits(text: str, fits: bool) -> None:
    assert parse(text)(ANN) is fits


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "'the end' is not understood"),
        ('LoggedIn("7000@SIP")', "'LoggedIn' is not understood; known are"),
        ('Skill("a")', "Skill('a') is not compared with a whole number"),
        ('Skill("a")>"b"', "Skill('a') is not compared with a whole number"),
        ('Skill("a")>1 Skill("b")>1', "'Skill' is not expected"),
        ('(Skill("a")>1', "expected ')', found 'the end'"),
        ("Skill a", "expected '(', found 'a'"),
        ("$", "'$' is not understood"),
        ("(" * 100, "nested deeper than 50 levels"),
        ("~" * 100, "nested deeper than 50 levels"),
        ("(" * 20_000, "longer than 10000 signs"),
    ],
)
def test_what_is_not_understood_is_said(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
        parse(text)
