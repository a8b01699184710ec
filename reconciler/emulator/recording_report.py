"""Upload reports: asked for, made after a while, downloaded from a presigned address.

Source: `POST /api/v2/recording/uploads/reports` (202), `GET …/{reportId}`, definition `RecordingUploadReport`. The format of
the file is unpublished: columns and formats are ours (`recording_report_format`). That it lists what arrived since the date is
inferred.
"""

from __future__ import annotations

import base64
import csv
import io
from functools import partial
from typing import TYPE_CHECKING

import orjson

from reconciler.emulator.event import Unfit, moment
from reconciler.emulator.recording_ingest import settle
from reconciler.emulator.recording_signature import Visit, signed
from reconciler.emulator.recording_store import FAILURE, PENDING, SUCCESS, WAITING, Report
from reconciler.emulator.refusal import bad, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.recording_store import File
    from reconciler.emulator.world import World

REPORT = {"dateSince!": str, "uploadStatus": (PENDING, SUCCESS, FAILURE, WAITING)}  # the shape of the body
REPORTS = "/storage/reports/"
SECONDS = 3600  # so long a report can be downloaded
KEPT = 20  # so many last reports can be asked for
COLUMNS = (
    *("fileName", "uploadKey", "contentMd5", "sizeBytes", "dateUploaded"),
    *("uploadStatus", "reason", "conversationId", "recordingId"),
)
_TYPES = {"csv": "text/csv", "ndjson": "application/x-ndjson", "json": "application/json"}


def create_report(ask: Ask, world: World) -> Json:
    """A report that is being made."""
    since = date(ask.body["dateSince"], "dateSince")
    report = Report(world.new_id(), since, ask.body.get("uploadStatus", ""))
    reports = world.recordings.reports
    reports[report.id] = report
    if len(reports) > KEPT:
        del reports[next(iter(reports))]
    shown = _shown(report)
    world.later(world.switches.recording_report_delay, partial(_complete, world, report))
    return shown


def get_report(ask: Ask, world: World) -> Json:
    """How far the report is, and where it can be downloaded once it is complete."""
    known = ask.path["reportId"]
    report = world.recordings.reports.get(known)
    if report is None:
        raise not_found(known, "report")
    shown = _shown(report)
    if report.state == "Completed":
        visit = Visit("GET", REPORTS + report.id, "", {"host": ask.host})
        shown["signedUrl"] = ask.origin + signed(visit, world.client.secret, now=world.now(), seconds=SECONDS)
    return shown


def report_text(world: World, known: str) -> tuple[bytes, str] | None:
    """The report and its media type; None where there is none, or no longer."""
    report = world.recordings.reports.get(known)
    return (report.text, _TYPES[world.switches.recording_report_format]) if report and report.text else None


def date(text: str, field: str) -> float:
    """A moment of a body in seconds since the epoch; 400 `invalid.date` for anything else."""
    try:
        return moment(text)
    except Unfit:
        message = f"Field [{field}]: dates must be ISO-8601 strings such as 2026-07-01T12:00:00.000Z"
        raise bad("invalid.date", message) from None


def _shown(report: Report) -> Json:
    return {"id": report.id, "state": report.state, "selfUri": f"/api/v2/recording/uploads/reports/{report.id}"}


def _complete(world: World, report: Report) -> None:
    report.state = world.switches.recording_report_state
    if report.state != "Completed":
        return
    settle(world)
    files = [one for one in world.recordings.by_key.values() if one.arrived >= report.since]
    rows = [_row(world, one) for one in files if report.status in ("", one.status)]
    report.text = _FORMATS[world.switches.recording_report_format](rows)


def _row(world: World, file: File) -> Json:
    values = (
        *(file.name, file.key, base64.b64encode(bytes.fromhex(file.content.digest)).decode(), file.content.size),
        *(world.written(file.arrived), file.status, file.reason, file.conversation, "" if file.orphan else file.id),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _csv(rows: Sequence[Json]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _ndjson(rows: Sequence[Json]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows) or b"\n"


_FORMATS: dict[str, Callable[[list[Json]], bytes]] = {"csv": _csv, "ndjson": _ndjson, "json": orjson.dumps}
