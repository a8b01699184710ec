"""What was found in a recording → what it is good for, by one table. A verdict may not open, decode or guess.

A rule that Genesys Cloud's documentation leaves open is marked `is_open`: `Accept.rules` can set its worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from reconciler.model.recording import Accept, Agent, Flaw, Inspected, Reason, Verdict, Worth

ANALYTICS, ARCHIVE, REFUSED = Worth
_ORDER = (REFUSED, ARCHIVE, ANALYTICS)
_TRANSCRIBED = "help.genesys.cloud, voice transcription of uploaded recordings: dual channel; PCMU, PCMA, L16, Opus"
_NO_SOURCE = "not documented; cautious default"
_OWN = "a matter of the file itself"
_APART = "record both sides apart; or make one of two mono files: reconciler inspect --transcode -o BOTH.wav LEFT.wav RIGHT.wav"
_MEND = "reconciler inspect --transcode -o NEW.wav FILE writes it anew without loss"

Finding = Callable[[Inspected, Accept], str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: what `finds` says (empty: does not apply), what that makes of a recording, what to do, and who says so."""

    name: str
    worth: Worth
    finds: Finding
    remedy: str
    source: str
    is_open: bool = False


def _flawed(flaw: Flaw, words: str) -> Finding:
    """Finds one flaw; `words` may hold the fields of what was found."""
    return lambda found, _: words.format(one=found) if found.flaw is flaw else ""


def _decoded(finds: Finding) -> Finding:
    """Finds nothing in what could not be inspected: it has no length, rate or channels to speak of."""
    return lambda found, accept: "" if found.flaw else finds(found, accept)


def _heard(finds: Finding) -> Finding:
    """Finds nothing where nothing is heard: then that is the reason."""
    return _decoded(lambda found, accept: "" if found.is_silent or not found.sides else finds(found, accept))


def _empty(found: Inspected, _: Accept) -> str:
    return "" if found.seconds else "holds no sound"


def _cut(found: Inspected, accept: Accept) -> str:
    if found.missing_seconds <= accept.missing_seconds:
        return ""
    return f"cut: {clock(found.seconds)} of {clock(found.header_seconds or 0)} are there"


def _unfinished(found: Inspected, _: Accept) -> str:
    return "its header was never completed: other programs may see no sound or too much" if found.is_unfinished else ""


def _large(found: Inspected, accept: Accept) -> str:
    return f"{found.size} bytes are more than {accept.max_bytes}" if found.size > accept.max_bytes else ""


def _long(found: Inspected, accept: Accept) -> str:
    return f"{clock(found.seconds)} is longer than {clock(accept.max_seconds)}" if found.seconds > accept.max_seconds else ""


def _silent(found: Inspected, _: Accept) -> str:
    return "nothing is heard on it" if found.is_silent else ""


def _mono(found: Inspected, _: Accept) -> str:
    return "one channel: the speakers cannot be told apart" if found.channels == 1 else ""


def _many(found: Inspected, _: Accept) -> str:
    return f"{found.channels} channels instead of two" if found.channels > 2 else ""


def _alike(found: Inspected, accept: Accept) -> str:
    if found.alike is None or found.alike < accept.alike:
        return ""
    return f"both channels carry the same ({found.alike:.0%} alike): this is mono in two channels"


def _one_sided(found: Inspected, _: Accept) -> str:
    quiet = [number for number, side in enumerate(found.sides) if side.silent >= 1]
    return f"the {('left', 'right')[quiet[0]]} channel is silent from end to end" if found.channels == 2 and quiet else ""


def _codec(found: Inspected, accept: Accept) -> str:
    return "" if found.codec in accept.codecs else f"codec {found.codec}: only {', '.join(sorted(accept.codecs))} are transcribed"


def _container(found: Inspected, accept: Accept) -> str:
    named = ", ".join(sorted(accept.containers))
    return "" if found.container in accept.containers else f"container {found.container}: known to be taken are {named}"


def _rate(found: Inspected, accept: Accept) -> str:
    if accept.min_rate <= found.rate <= accept.max_rate:
        return ""
    return f"{found.rate} Hz is outside {accept.min_rate} to {accept.max_rate}"


def _agent(found: Inspected, accept: Accept) -> str:
    return "which channel is the agent cannot be heard" if found.channels == 2 and accept.agent is Agent.UNKNOWN else ""


def _clipped(found: Inspected, accept: Accept) -> str:
    worst = max((side.clipped for side in found.sides), default=0.0)
    return f"clipped: {worst:.1%} of the samples of a channel are at full scale" if worst > accept.clipped else ""


def _named(found: Inspected, _: Accept) -> str:
    if not found.said or not found.container or found.said == found.container or found.flaw is Flaw.FOREIGN:
        return ""
    return "" if {found.said, found.container} <= _WAVES else f"its name says {found.said}, its content is {found.container}"


_WAVES = frozenset({"wav", "rf64", "w64"})  # commonly all called .wav

RULES = (
    Rule("unreadable", REFUSED, _flawed(Flaw.UNREADABLE, "cannot be read: {one.detail}"), "check the file and its rights", _OWN),
    Rule("foreign", REFUSED, _flawed(Flaw.FOREIGN, "is {one.container}, no audio"), "look where it came from", _OWN),
    Rule("headerless", REFUSED, _flawed(Flaw.HEADERLESS, "nothing in it says what it is"), "record with a header (WAV)", _OWN),
    Rule("undecodable", REFUSED, _flawed(Flaw.UNDECODABLE, "cannot be decoded: {one.detail}"), "export or copy it again", _OWN),
    Rule(
        "extra",
        REFUSED,
        _flawed(Flaw.EXTRA, "cannot be decoded with what is installed: {one.detail}"),
        "pip install 'genesys-cloud-reconciler[audio]'",
        _OWN,
    ),
    Rule(
        "crashed", REFUSED, _flawed(Flaw.CRASHED, "the decoder died over it"), "do not open it elsewhere; export it again", _OWN
    ),
    Rule("slow", REFUSED, _flawed(Flaw.SLOW, "{one.detail}"), "export it again, or cut it into segments", _OWN),
    Rule("hungry", REFUSED, _flawed(Flaw.HUNGRY, "decoding it needs too much memory"), "export it again", _OWN),
    Rule("empty", REFUSED, _decoded(_empty), "export or copy it again", _OWN),
    Rule("cut", REFUSED, _decoded(_cut), "copy it again when the recorder is done", _NO_SOURCE, is_open=True),
    Rule("large", REFUSED, _large, "cut it into segments", "Amazon S3: one PUT takes 5 GB; inferred for the upload address"),
    Rule("long", REFUSED, _decoded(_long), "cut it into segments", _NO_SOURCE, is_open=True),
    Rule("unfinished", ARCHIVE, _decoded(_unfinished), _MEND, _NO_SOURCE, is_open=True),
    Rule("silent", ARCHIVE, _decoded(_silent), "check the recorder", _OWN),
    Rule("mono", ARCHIVE, _decoded(_mono), _APART, _TRANSCRIBED),
    Rule("channels", ARCHIVE, _decoded(_many), "export the agent and the customer only", _TRANSCRIBED),
    Rule("alike", ARCHIVE, _heard(_alike), _APART, _TRANSCRIBED),
    Rule("one-sided", ARCHIVE, _heard(_one_sided), "check the recorder: one side is missing", _TRANSCRIBED),
    Rule("codec", ARCHIVE, _decoded(_codec), "export it as WAV; --transcode does it where it loses nothing", _TRANSCRIBED),
    Rule("container", ARCHIVE, _decoded(_container), _MEND, "inferred from the formats of playback", is_open=True),
    Rule("rate", ARCHIVE, _decoded(_rate), "export it with 8000 to 48000 Hz", _NO_SOURCE, is_open=True),
    Rule("agent", ANALYTICS, _heard(_agent), "say which: --agent left or right", _NO_SOURCE, is_open=True),
    Rule("clipped", ANALYTICS, _heard(_clipped), "lower the recorder's gain; transcripts will suffer", _NO_SOURCE, is_open=True),
    Rule("name", ANALYTICS, _named, "it is judged and uploaded by its content", _OWN, is_open=True),
)
SIDES = Rule("sides", ARCHIVE, lambda _found, _accept: "", "see why; both files go as they are", _OWN)
"""Why two sides of one call stay two files: nothing that can be found in one of them."""
OPEN = tuple(rule.name for rule in RULES if rule.is_open)
"""Names of the rules whose worth `Accept.rules` can set."""


def judge(found: Inspected, accept: Accept = Accept()) -> Verdict:  # noqa: B008 - frozen and without state
    """What the recording is good for: the worst any rule makes of it, with the reasons of all rules, gravest first."""
    reasons = sorted(_reasons(found, accept), key=lambda reason: _ORDER.index(reason.worth))
    return Verdict(reasons[0].worth if reasons else ANALYTICS, tuple(reasons), accept.agent)


def _reasons(found: Inspected, accept: Accept) -> Iterator[Reason]:
    for rule in RULES:
        if what := rule.finds(found, accept):
            worth = accept.rules.get(rule.name, rule.worth) if rule.is_open else rule.worth
            yield Reason(rule.name, worth, what, rule.remedy, rule.source)


def stays(verdict: Verdict, why: str) -> Verdict:
    """The verdict of a side that was not put beside the other one, with the reason first."""
    reason = Reason(SIDES.name, SIDES.worth, why, SIDES.remedy, SIDES.source)
    return replace(verdict, reasons=(reason, *verdict.reasons))


def clock(seconds: float) -> str:
    """A length as people say it: 5:00, 1:02:03, and 0.4 s below a second."""
    if 0 < seconds < 1:
        return f"{seconds:.1g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
