"""What is wrong in an input, and where: values, collected and shown all at once, never raised one by one."""

from __future__ import annotations

from dataclasses import dataclass

_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    code: f"\\u{code:04x}"
    for code in (
        0x61C,
        0x200E,
        0x200F,
        0x2028,
        0x2029,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0xFEFF,
        *range(0xD800, 0xE000),
    )
}


def plain(text: str) -> str:
    """`text` with control characters and direction marks made visible, so that a name cannot paint a terminal."""
    return text.translate(_ESCAPES)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A spot in a file; line and column count from 1, 0 means the whole file or line."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`file:line:column` as editors and CI annotations understand it."""
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return plain(":".join(parts))


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: where, about which object (`kind/key`, or empty), what, and what to do about it."""

    place: Place
    subject: str
    what: str
    remedy: str = ""
    warning: bool = False

    def __str__(self) -> str:
        """One line: `file:line:column kind/key: what; what to do`."""
        head = " ".join(part for part in (str(self.place), plain(self.subject)) if part)
        text = plain("; ".join(part for part in (self.what, self.remedy) if part))
        mark = "warning: " if self.warning else ""
        return f"{head}: {mark}{text}" if head else f"{mark}{text}"
