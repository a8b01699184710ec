"""Everything that is printed: colours, documents, errors, progress. Secrets never come this far."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import click
import orjson
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from reconciler.errors import ApiError, InputError, Interrupted, ReconcilerError
from reconciler.model.problem import Problem, plain
from reconciler.plan.show import Line, duration, wrap

T = TypeVar("T")
HEARTBEAT_SECONDS = 10.0
TONES: dict[str, dict[str, Any]] = {
    "create": {"fg": "green"},
    "update": {"fg": "yellow"},
    "rename": {"fg": "cyan"},
    "adopt": {"fg": "cyan"},
    "restore": {"fg": "cyan"},
    "replace": {"fg": "magenta"},
    "deactivate": {"fg": "red"},
    "delete": {"fg": "red"},
    "head": {"bold": True},
    "warning": {"fg": "yellow"},
    "refusal": {"fg": "red", "bold": True},
    "faint": {"dim": True},
}


def coloured(stream: Any, wish: str = "auto") -> bool:
    """Whether to colour: as wished, else on a terminal where NO_COLOR is not set."""
    if wish != "auto":
        return wish == "always"
    return not os.environ.get("NO_COLOR") and bool(stream.isatty())


def width() -> int:
    """Columns to write in: the terminal's, at most 120, and 80 where there is none."""
    return min(120, shutil.get_terminal_size((80, 24)).columns) if sys.stdout.isatty() else 80


def show(lines: Iterable[Line], wish: str = "auto", *, aside: bool = False) -> None:
    """Prints lines in their tones; `aside` on stderr, where stdout is for a document."""
    paint = coloured(sys.stderr if aside else sys.stdout, wish)
    for line in lines:
        text = click.style(line.text, **TONES[line.tone]) if line.tone and paint else line.text
        click.echo(text, color=paint, err=aside)


def paragraph(text: str) -> None:
    """Prints a sentence on stdout, in lines that fit."""
    for line in wrap(text.split(" "), 0, width()):
        click.echo(line)


def document(data: Any) -> None:
    """Prints a JSON document, whole."""
    click.echo(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())


def say(text: str) -> None:
    """Prints a line for people, on stderr."""
    click.echo(text, err=True)


def warn(problems: Iterable[Problem]) -> None:
    """Prints warnings, on stderr."""
    for problem in problems:
        say(str(problem))


def fail(error: ReconcilerError, *, as_json: bool, wish: str = "auto") -> None:
    """Prints an error: every problem on its own line, what to do, and as JSON where JSON was asked for."""
    if as_json:
        document({"error": described(error)})
    paint = coloured(sys.stderr, wish)
    if isinstance(error, InputError):
        for problem in error.problems:
            click.echo(str(problem), err=True)
        count = len(error.problems)
        click.echo(
            click.style(f"error: {count} problem{'s' if count != 1 else ''}, nothing was done", fg="red"), err=True, color=paint
        )
        return
    head = click.style("error:", fg="red")
    click.echo(f"{head} {printable(str(error))}", err=True, color=paint)
    if isinstance(error, ApiError) and error.exit_code == 7 and error.status == 403:
        click.echo("  grant the missing permission to the roles of the OAuth client, for all divisions", err=True)


def printable(text: str) -> str:
    """Text with control characters shown, but with its own line breaks."""
    return "\n".join(plain(line) for line in text.splitlines())


def described(error: ReconcilerError) -> dict[str, Any]:
    """An error as data."""
    data: dict[str, Any] = {"type": type(error).__name__, "message": printable(str(error)), "exit_code": error.exit_code}
    if isinstance(error, InputError):
        data["problems"] = [
            {"file": one.place.file, "line": one.place.line, "column": one.place.column, "subject": one.subject}
            | {"what": one.what, "remedy": one.remedy}
            for one in error.problems
        ]
    if isinstance(error, ApiError):
        data |= {"operation": error.operation, "status": error.status, "code": error.code, "correlation": error.correlation}
    return data


@dataclass(slots=True)
class Stop:
    """What signals ask for: once something is `writing`, what is in flight is finished; before that, or asked twice, all ends."""

    number: int = 0
    writing: bool = False
    task: Any = field(default=None, repr=False)

    def asked(self) -> bool:
        """Whether to hand out nothing more."""
        return bool(self.number)

    def hear(self, number: int) -> None:
        """Notes a signal."""
        again, self.number = bool(self.number), number
        if self.task and (again or not self.writing):
            self.task.cancel()
            return
        say("stopping: finishing what is in flight; once more aborts at once")

    def interrupted(self) -> Interrupted:
        """The error to end with after all was ended at once."""
        what = "what was in flight may or may not be done; apply again to go on" if self.writing else "nothing was changed"
        return Interrupted(f"interrupted: {what}", 128 + self.number)


class Ticker:
    """Progress on stderr while something takes its time: a moving line on a terminal, else a heartbeat every ten seconds."""

    def __init__(self, counted: Callable[[], str]) -> None:
        self._counted = counted
        self._line: Progress | None = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No moving line while the block prints or asks."""
        if self._line is None:
            yield
            return
        self._line.stop()
        try:
            yield
        finally:
            self._line.start()

    async def tick(self) -> None:
        """Tells how far it is, until cancelled."""
        if sys.stderr.isatty() and not os.environ.get("CI"):
            await self._move()
        started = time.monotonic()
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            say(f"… {self._counted()}, {duration(round(time.monotonic() - started))}")

    async def _move(self) -> None:
        parts = (SpinnerColumn(), TextColumn("{task.description}", markup=False))
        # stdout stays what it is: it may be a file while stderr is a terminal.
        with Progress(*parts, console=Console(stderr=True), transient=True, redirect_stdout=False) as self._line:
            task = self._line.add_task(self._counted(), total=None)
            while True:
                await asyncio.sleep(0.2)
                self._line.update(task, description=self._counted())


def run(work: Awaitable[T], ticker: Ticker, stop: Stop | None = None) -> T:
    """Runs asynchronous work with progress. With `stop` the work hears of signals instead of being cut off by them."""
    return asyncio.run(_run(work, ticker, stop))


async def _run(work: Awaitable[T], ticker: Ticker, stop: Stop | None) -> T:
    task = asyncio.ensure_future(work)
    if stop is not None:
        stop.task = task
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.hear, number)
    ticking = asyncio.ensure_future(ticker.tick())
    try:
        return await task
    except asyncio.CancelledError:
        if stop is None or not stop.number:
            raise
        raise stop.interrupted() from None
    finally:
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking


async def ask(question: str, *, aside: bool = False) -> bool:
    """Whether the person at the terminal says yes. Signals are heard and leases kept meanwhile; no answer is no."""
    click.echo(f"{question} [y/N]: ", nl=False, err=aside)
    loop = asyncio.get_running_loop()
    typed = asyncio.Event()
    loop.add_reader(sys.stdin, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin)
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}
