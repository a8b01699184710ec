"""The rows of the table of operations that are about recordings. Sources as in `operations`; the largest page is inferred."""

from __future__ import annotations

from reconciler.emulator import recording_report, recording_shown, recording_upload
from reconciler.emulator.operation import operation
from reconciler.emulator.pages import Paging

_C = "/conversations/{conversationId}"
_O = "/orphanrecordings"
_SEE = "recording:recording:view recording:recordingSegment:view recording:snippetRecording:view recording:screenRecording:view"
RECORDINGS = (
    operation(
        "POST", "/uploads/recordings", recording_upload.grant_upload, "recording:recording:upload", body=recording_upload.UPLOAD
    ),
    operation(
        "POST",
        "/recording/uploads/reports",
        recording_report.create_report,
        "recording:uploadReport:add",
        body=recording_report.REPORT,
        ok=202,
        reads=True,
    ),
    operation("GET", "/recording/uploads/reports/{reportId}", recording_report.get_report, "recording:uploadReport:view"),
    operation("GET", f"{_C}/recordingmetadata", recording_shown.list_metadata, _SEE),
    operation("GET", f"{_C}/recordingmetadata/{{recordingId}}", recording_shown.get_metadata, _SEE),
    operation("GET", f"{_C}/recordings", recording_shown.list_recordings, _SEE),
    operation("GET", f"{_C}/recordings/{{recordingId}}", recording_shown.get_recording, _SEE),
    operation("GET", _O, recording_shown.list_orphans, "recording:orphan:view", paging=Paging(100)),
    operation("GET", f"{_O}/{{orphanId}}", recording_shown.get_orphan, "recording:orphan:view"),
    operation(
        "PUT",
        f"{_O}/{{orphanId}}",
        recording_shown.attach_orphan,
        "recording:orphan:edit",
        body=recording_shown.ORPHAN,
        body_optional=True,
    ),
    operation("DELETE", f"{_O}/{{orphanId}}", recording_shown.delete_orphan, "recording:orphan:delete"),
    operation("GET", f"{_O}/{{orphanId}}/media", recording_shown.get_orphan_media, "recording:orphan:view"),
)
