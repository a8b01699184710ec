"""What a run of recordings has done: the figures people, other programs and the exit code are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model.recorded import Examined, Stored
from reconciler.model.recording import Worth
from reconciler.pipeline.recording_upload import Progress


@dataclass(slots=True)
class Tally:
    """What a run of recordings has done so far: figures for people and programs, and what people should look at."""

    found: int = 0
    worth: Counter[Worth] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)
    examined: tuple[int, int] = (0, 0)
    progress: Progress = field(default_factory=Progress)
    attached: int = 0
    orphans: int = 0
    deleted: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    doubtful: Sequence[tuple[Stored, Examined]] = ()
    outlines: Mapping[str, Sequence[Sequence[float]]] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, int]:
        """The figures as other programs read them; `uploaded`, `attached` and `bytes` are this run's own."""
        return {
            "found": self.found,
            **{worth.value: self.worth[worth] for worth in Worth},
            "waiting": self.waiting.total(),
            "uploaded": self.progress.files,
            "attached": self.attached,
            "orphans": self.orphans,
            "bytes": self.progress.bytes,
        }

    @property
    def exit_code(self) -> int:
        """6 where something could not be uploaded or attached."""
        return 6 if self.failed or self.orphans else 0

    @property
    def totals(self) -> dict[str, int]:
        """What only grows, by the names of the metrics."""
        one = self.progress
        return {
            "uploaded": one.files,
            "uploaded_bytes": one.bytes,
            "sent_bytes": one.sent,
            "attached": self.attached,
            "deleted": self.deleted,
        }

    @property
    def gauges(self) -> dict[str, float]:
        """What is now, by the names of the metrics."""
        return {"failed": len(self.failed), "waiting": self.waiting.total(), "orphans": self.orphans}
