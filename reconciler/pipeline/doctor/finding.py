"""What a look found: one line each, with what to do about it. Values, and their forms as text and data; nothing is asked here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reconciler.errors import InputError, NotAuthorised, ReconcilerError
from reconciler.model.problem import plain
from reconciler.plan.show import WIDTH, Line, broken

FORMAT, VERSION = "reconciler/doctor", "1.0"
SHOWN = 5  # problems of one file or folder named one by one before the rest is counted


class Verdict(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


TONES = {Verdict.OK: "", Verdict.WARNING: "warning", Verdict.PROBLEM: "refusal"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: where it belongs, how it is, and what to do. `exit_code` counts for problems only."""

    area: str
    verdict: Verdict
    what: str
    remedy: str = ""
    exit_code: int = 1


def fine(area: str, what: str) -> Finding:
    """All is well."""
    return Finding(area, Verdict.OK, what)


def doubt(area: str, what: str, remedy: str) -> Finding:
    """Nothing hinders the work, and a person should still know it."""
    return Finding(area, Verdict.WARNING, what, remedy)


def wrong(area: str, what: str, remedy: str) -> Finding:
    """Something that has to be mended."""
    return Finding(area, Verdict.PROBLEM, what, remedy)


def denied(area: str, what: str, remedy: str) -> Finding:
    """Something that credentials or permissions hinder."""
    return Finding(area, Verdict.PROBLEM, what, remedy, NotAuthorised.exit_code)


def failed(area: str, error: ReconcilerError, remedy: str) -> list[Finding]:
    """What an error says; of problems in files the first ones, each with its own remedy."""
    if not isinstance(error, InputError):
        return [Finding(area, Verdict.PROBLEM, str(error), remedy, error.exit_code)]
    problems = [one for one in error.problems if not one.warning]
    told = [wrong(area, _spot(one), one.remedy or remedy) for one in problems[:SHOWN]]
    more = len(problems) - SHOWN
    return [*told, *([wrong(area, many(more, "more problem"), remedy)] if more > 0 else [])]


def _spot(problem: Any) -> str:
    return ": ".join(part for part in (f"{problem.place} {problem.subject}".strip(), problem.what) if part)


def warned(area: str, problem: Any) -> Finding:
    """A warning about an input, as a finding."""
    return doubt(area, _spot(problem), problem.remedy)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found, in order of the areas; `head` says of what: source, organisation, region.

    `permissions` tells of every permission that was asked for: who asked, what for, and where it is held.
    """

    findings: Sequence[Finding]
    head: Mapping[str, str] = field(default_factory=dict)
    permissions: Sequence[Mapping[str, Any]] = ()

    @property
    def exit_code(self) -> int:
        """0 without a problem, 7 where one of them is that we are not authorised, else 1."""
        codes = {one.exit_code for one in self.findings if one.verdict is Verdict.PROBLEM}
        return NotAuthorised.exit_code if NotAuthorised.exit_code in codes else int(bool(codes))

    def count(self, verdict: Verdict) -> int:
        """How many findings are of that kind."""
        return sum(one.verdict is verdict for one in self.findings)


def document(report: Report) -> dict[str, Any]:
    """The report as data."""
    findings = [
        {"area": one.area, "verdict": one.verdict.value, "what": plain(one.what), "remedy": plain(one.remedy)}
        for one in report.findings
    ]
    counts = {verdict.value: report.count(verdict) for verdict in Verdict}
    head = {"format": FORMAT, "format_version": VERSION, **report.head}
    return {**head, "exit_code": report.exit_code, "counts": counts, "findings": findings, "permissions": [*report.permissions]}


def lines(report: Report, width: int = WIDTH) -> Iterator[Line]:
    """The report as people read it, area by area. No line is wider."""
    head = report.head
    called = " ".join(part for part in (head.get("organization_name"), head.get("region") and f"({head['region']})") if part)
    what = f"Doctor for source {head['source']}" if head.get("source") else "Doctor"
    yield from _told(f"{what} in {called}" if called else what, 0, "head", width)
    area = ""
    for one in report.findings:
        if one.area != area:
            area = one.area
            yield Line("")
            yield Line(area, "head")
        yield from _finding(one, width)
    yield Line("")
    yield Line(summary(report), "head")


def summary(report: Report) -> str:
    """The report in one sentence."""
    problems, warnings, good = (report.count(one) for one in (Verdict.PROBLEM, Verdict.WARNING, Verdict.OK))
    return f"Doctor: {many(problems, 'problem')}, {many(warnings, 'warning')}, {good} ok."


def many(count: int, word: str) -> str:
    """So many of something, as people say it."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _finding(one: Finding, width: int) -> Iterator[Line]:
    tone = TONES[one.verdict]
    head, *rest = _told(one.what, INDENT, tone, width)
    yield Line(f"  {one.verdict.value:<{INDENT - 2}}{head.text[INDENT:]}", tone)
    yield from rest
    if one.remedy:
        yield from _told(f"→ {one.remedy}", INDENT, tone, width)


INDENT = 11


def _told(text: str, indent: int, tone: str, width: int) -> Iterator[Line]:
    for line in broken(plain(text), width - indent):
        yield Line(" " * indent + line, tone)
