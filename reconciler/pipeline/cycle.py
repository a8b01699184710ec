"""One cycle of the ongoing sync: render what has changed, plan, guard, apply. A failure is its result, not an exception."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import orjson

from reconciler import __version__
from reconciler.errors import (
    ConfigurationError,
    InputError,
    Interrupted,
    Locked,
    NotAuthorised,
    ReconcilerError,
    Refused,
    UsageError,
)
from reconciler.files import stamp
from reconciler.model.change import Plan, Result
from reconciler.pipeline.apply import Applied, Wishes, apply
from reconciler.pipeline.bounded import OutOfBounds
from reconciler.pipeline.notes import RENDERED, Notes
from reconciler.pipeline.render import Rendered, render
from reconciler.pipeline.session import Doors, Session
from reconciler.settings import Settings


@dataclass(frozen=True, slots=True)
class Cycle:
    """What became of one cycle: done, partly, refused, locked or failed.

    `rendered` is None where the export had not changed; `plan` is what was planned, even if it was refused; `requests` counts
    everything sent, also by a cycle that failed; `left` is what the present minute still allows; `seen` is the state of the
    export's files it started from.
    """

    result: str
    began: datetime
    ended: datetime
    seen: str = ""
    rendered: Rendered | None = None
    plan: Plan | None = None
    applied: Applied | None = None
    error: ReconcilerError | None = None
    requests: int = 0
    left: int | None = None

    @property
    def exit_code(self) -> int:
        """That of the error, else that of the apply."""
        if self.error is not None:
            return self.error.exit_code
        return self.applied.exit_code if self.applied else 0

    @property
    def is_hopeless(self) -> bool:
        """Whether the next cycle would end the same way until a person mends credentials, permissions or settings."""
        return isinstance(self.error, NotAuthorised | ConfigurationError | UsageError)

    @property
    def passes(self) -> bool:
        """Whether trying again soon may help: the network failed, or somebody else was applying."""
        return self.result in {"failed", "locked"} and not isinstance(self.error, InputError | OutOfBounds)

    @property
    def matter(self) -> tuple[str, str] | None:
        """What a person should be told (text, matter), None where time alone may help.

        Notes of failed changes hold ids that are new each time, so the matter is which changes failed.
        """
        if isinstance(self.error, Refused | InputError | OutOfBounds) or self.is_hopeless:
            return str(self.error), ""
        if self.result != "partly" or self.applied is None:
            return None
        bad = [one for one in self.applied.outcomes if one.result in {Result.FAILED, Result.BLOCKED}]
        again = [f"{one.id}: not as wanted after it was carried out" for one in self.applied.remaining]
        text = [f"{one.change.id}: {one.result.value}: {one.note}" for one in bad] + again
        return ("\n".join(text), "\n".join(sorted({*(one.change.id for one in bad), *again}))) if text else None


async def cycle(settings: Settings, notes: Notes, wishes: Wishes, doors: Doors) -> Cycle:
    """Runs one cycle. Raises nothing but `Interrupted`; one call of `apply`, so one lease."""
    sessions: list[Session] = []
    plans: list[Plan] = []
    began, seen = doors.now(), await asyncio.to_thread(stamp.changed, inputs(settings))
    rendered = applied = error = None
    try:
        rendered = await asyncio.to_thread(rendered_if_changed, settings, notes)
        applied = await apply(
            settings, None, replace(wishes, made=plans.append), replace(doors, opened=_noted(sessions, notes, doors))
        )
    except Interrupted:
        raise
    except ReconcilerError as caught:
        error = caught
    except OSError as caught:
        error = ConfigurationError(f"{caught.filename or 'the system'}: {caught.strerror or caught}")
    return Cycle(
        _result(applied, error),
        began,
        doors.now(),
        seen,
        rendered,
        plans[-1] if plans else None,
        applied,
        error,
        sum(one.client.requests for one in sessions),
        sessions[0].client.left if sessions else None,
    )


def _noted(sessions: list[Session], notes: Notes, doors: Doors) -> Callable[[Session], None]:
    def opened(session: Session) -> None:
        sessions.append(session)
        notes.belong(session.organization)
        doors.opened(session)

    return opened


def _result(applied: Applied | None, error: ReconcilerError | None) -> str:
    if error is not None:
        return "refused" if isinstance(error, Refused) else "locked" if isinstance(error, Locked) else "failed"
    return "partly" if applied and applied.exit_code else "done"


def inputs(settings: Settings) -> tuple[Path, ...]:
    """The folders that rendering reads."""
    return settings.path(settings.file.source.export), settings.path(settings.file.source.mapping)


def rendered_if_changed(settings: Settings, notes: Notes) -> Rendered | None:
    """Renders unless everything it reads and has written is as it was; None where it is, or where there never was an export.

    Sizes and times of files are asked first, contents only where these moved: a fresh checkout renders nothing again. What is
    noted is older than what was rendered, so a change in between is seen the next time.
    """
    source, written = settings.file.source, [settings.path(settings.file.manifests)]
    known = orjson.loads(notes.get(RENDERED) or "{}")
    if not known and stamp.is_empty(inputs(settings)[0]):
        return None
    by = f"{__version__} {source.platform} {source.name}"
    quick = [by, stamp.changed(inputs(settings)), stamp.changed(written)]
    if known.get("quick") == quick:
        return None
    contents = stamp.contents(inputs(settings))
    done = None
    if known.get("sure") != [by, contents, stamp.contents(written)]:
        done = _render(settings)
    sure = [by, contents, stamp.contents(written)]
    notes.set(RENDERED, orjson.dumps({"quick": [*quick[:2], stamp.changed(written)], "sure": sure}).decode())
    return done


def _render(settings: Settings) -> Rendered:
    source = settings.file.source
    return render(
        export=settings.path(source.export),
        mapping=settings.path(source.mapping),
        manifests=settings.path(settings.file.manifests),
        platform=source.platform,
        source=source.name,
    )
