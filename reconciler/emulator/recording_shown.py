"""Recordings as they are read by conversation, and those whose conversation is missing: orphans.

Source: `GET /api/v2/conversations/{conversationId}/recordingmetadata` (cheap, no times for calls) and `…/recordings` (with media,
202 while it is transcoded), `/api/v2/orphanrecordings`, definitions `RecordingMetadata`, `Recording`, `OrphanRecording`. That a
recording begins with its conversation, what an orphan is named and its `sourceOrphaningId` are inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import pages
from reconciler.emulator.ask import Answer
from reconciler.emulator.conversation_shown import found, some
from reconciler.emulator.recording_ingest import attach, drop, settle, told
from reconciler.emulator.recording_report import date
from reconciler.emulator.recording_signature import Visit, signed
from reconciler.emulator.recording_store import UNKNOWN_CONVERSATION
from reconciler.emulator.refusal import Refusal, bad, not_found

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.conversation_picture import Picture
    from reconciler.emulator.recording_store import File
    from reconciler.emulator.world import World

# The shape of the body that attaches an orphan.
ORPHAN = dict.fromkeys(("archiveDate", "deleteDate", "exportDate", "integrationId", "conversationId"), str)
MEDIA = "/storage/media/"
SECONDS = 3600  # so long media can be downloaded; source: `recordingPlaybackUrlTtl`, default 60 minutes
FORMATS = ("WAV", "WEBM", "WAV_ULAW", "OGG_VORBIS", "OGG_OPUS", "MP3", "NONE")
_DAY = 86_400
_INT32 = 2**31 - 1
_RESTORATIONS = 10_000  # source: "always returns 10000"


# ── recordings of a conversation ─────────────────────────────────────────────────────────────────────────────────────


def list_metadata(ask: Ask, world: World) -> list[Json]:
    """The recordings of a conversation without times and media."""
    picture = _conversation(ask, world)
    return [_metadata(world, one, picture) for one in _recordings(world, picture).values()]


def get_metadata(ask: Ask, world: World) -> Json:
    """One recording of a conversation without times and media."""
    return _metadata(world, *_recording(ask, world))


def list_recordings(ask: Ask, world: World) -> list[Json] | Answer:
    """The recordings of a conversation; 202 while one of them is transcoded."""
    wanted = _format(ask)
    ask.query.whole("maxWaitMs", 5000)
    picture = _conversation(ask, world)
    files = _recordings(world, picture).values()
    if wanted != "NONE" and any(_is_transcoding(world, one) for one in files):
        return Answer(None, 202)
    return [_played(ask, world, one, picture) for one in files]


def get_recording(ask: Ask, world: World) -> Json | Answer:
    """One recording of a conversation; 202 while it is transcoded."""
    wanted = _format(ask)
    file, picture = _recording(ask, world)
    if wanted != "NONE" and _is_transcoding(world, file):
        return Answer(_metadata(world, file, picture), 202)
    return _played(ask, world, file, picture)


def media_bytes(world: World, known: str) -> tuple[bytes, str] | None:
    """What was uploaded as this recording or orphan, with its media type; None where it was not kept."""
    file = world.recordings.by_id.get(known) or world.recordings.orphans.get(known)
    if file is None or file.content.kept is None:
        return None
    return file.content.kept, f"audio/{file.content.media or 'basic'}"


def _conversation(ask: Ask, world: World) -> Picture:
    settle(world)
    picture = found(ask.caller, world, ask.path["conversationId"])
    if picture is None:
        known = ask.path["conversationId"]
        raise Refusal(404, "conversation.not.found", f"Conversation with specified conversationId [{known}] was not found.")
    return picture


def _recordings(world: World, picture: Picture) -> dict[str, File]:
    return world.recordings.of_conversation.get(picture.id, {})


def _recording(ask: Ask, world: World) -> tuple[File, Picture]:
    picture = _conversation(ask, world)
    known = ask.path["recordingId"]
    file = _recordings(world, picture).get(known)
    if file is None:
        raise Refusal(404, "recording.recording.not.found", f"Recording with recordingId [{known}] was not found.")
    return file, picture


def _format(ask: Ask) -> str:
    wanted = ask.query.choice("formatId", FORMATS, "WEBM")
    ask.query.choices("mediaFormats", frozenset(FORMATS[:-1]))
    return wanted


def _is_transcoding(world: World, file: File) -> bool:
    return world.now() - file.taken < world.switches.recording_transcode_delay


def _metadata(world: World, file: File, picture: Picture) -> Json:
    """Source: start and end stand in metadata of screen recordings only."""
    session = next((one for one in picture.sessions.values() if one.purpose == "customer"), None)
    named = some(name=file.name, path=file.key) if world.switches.recording_names else {}
    return named | some(
        id=file.id,
        conversationId=picture.id,
        media="audio",
        mediaSubtype="Trunk",
        annotations=None,
        fileState="AVAILABLE",
        sessionId=session.id if session else None,
        maxAllowedRestorationsForOrg=_RESTORATIONS,
        remainingRestorationsAllowedForOrg=_RESTORATIONS,
        selfUri=f"/api/v2/conversations/{picture.id}/recordings/{file.id}",
        **file.retention,
    )


def _played(ask: Ask, world: World, file: File, picture: Picture) -> Json:
    shown = _metadata(world, file, picture) | _sound(ask, world, file)
    end = picture.ended if file.content.seconds is None else picture.began + file.content.seconds
    return shown | some(
        startTime=world.written(picture.began),
        originalRecordingStartTime=world.written(picture.began),
        endTime=None if end is None else world.written(end),
        creationTime=world.written(file.taken),
        recordingFileRole="CUSTOMER_EXPERIENCE",
    )


def _sound(ask: Ask, world: World, file: File) -> Json:
    """Where the media is, and how long and large; nothing of it for the format NONE (inferred)."""
    if _format(ask) == "NONE":
        return {}
    visit = Visit("GET", MEDIA + file.id, "", {"host": ask.host})
    address = ask.origin + signed(visit, world.client.secret, now=world.now(), seconds=SECONDS)
    shown: Json = {"mediaUris": {"S": {"mediaUri": address}}, "outputSizeInBytes": min(file.content.size, _INT32)}
    if file.content.seconds is not None:
        shown["outputDurationMs"] = min(round(file.content.seconds * 1000), _INT32)
    return shown


# ── orphans ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_orphans(ask: Ask, world: World) -> Json:
    """Orphans, oldest first; `hasConversation` leaves those whose conversation is known."""
    settle(world)
    orphans = [*world.recordings.orphans.values()]
    if ask.query.flag("hasConversation"):
        orphans = [one for one in orphans if one.conversation in world.conversations.by_id]
    if ask.query.choice("media", ("Call", "Screen")) == "Screen":
        orphans = []
    return pages.numbered(ask, orphans, lambda one: _orphan(world, one))


def get_orphan(ask: Ask, world: World) -> Json:
    """One orphan."""
    return _orphan(world, _known_orphan(ask, world))


def get_orphan_media(ask: Ask, world: World) -> Json | Answer:
    """The media of an orphan; 202 while it is transcoded."""
    wanted = _format(ask)
    file = _known_orphan(ask, world)
    if wanted != "NONE" and _is_transcoding(world, file):
        return Answer(None, 202)
    return {"id": file.id, "media": "audio", "fileState": "AVAILABLE"} | _sound(ask, world, file)


def attach_orphan(ask: Ask, world: World) -> Json:
    """The recording that took the place of the orphan; without `conversationId` the file tells the conversation."""
    file = _known_orphan(ask, world)
    retention = _retention(ask.body, world.now())
    conversation = ask.body.get("conversationId", "").lower() or told(world, file)
    picture = found(ask.caller, world, conversation)
    if picture is None:
        raise bad("recording.orphan.unknown.conversation", "The provided conversation in the payload doesn't exist.")
    attach(world, file, picture.id)
    file.retention = {name: world.written(at) for name, at in retention.items()}
    return _played(ask, world, file, picture)


def delete_orphan(ask: Ask, world: World) -> Json:
    """The orphan that is gone now."""
    file = _known_orphan(ask, world)
    shown = _orphan(world, file)
    drop(world, file)
    return shown


def _known_orphan(ask: Ask, world: World) -> File:
    settle(world)
    known = ask.path["orphanId"]
    file = world.recordings.orphans.get(known)
    if file is None:
        raise not_found(known, "orphan recording")
    return file


def _orphan(world: World, file: File) -> Json:
    """Source: `sourceOrphaningId` tells the supplying platform which interaction the recording belongs to."""
    status = file.orphan
    if status == UNKNOWN_CONVERSATION and file.conversation in world.conversations.by_id:
        status = "CONVERSATION_NOT_EVALUATED"
    return some(
        id=file.id,
        name=file.name,
        createdTime=world.written(file.taken),
        mediaSizeBytes=file.content.size,
        mediaType="CALL",
        mediaSubtype="Trunk",
        fileState="AVAILABLE",
        orphanStatus=status,
        sourceOrphaningId=file.name,
        selfUri=f"/api/v2/orphanrecordings/{file.id}",
    )


def _retention(body: Json, now: float) -> dict[str, float]:
    """The dates in seconds since the epoch, where they are in order. Source: descriptions of `OrphanUpdateRequest`."""
    dates: dict[str, float] = {
        name: date(body[name], name) for name in ("archiveDate", "exportDate", "deleteDate") if name in body
    }
    earlier = [at for name, at in dates.items() if name != "deleteDate"]
    wrong = [at for at in earlier if at <= now + _DAY]
    if "deleteDate" in dates and dates["deleteDate"] <= max(earlier, default=now + _DAY):
        wrong.append(dates["deleteDate"])
    if wrong or ("exportDate" in dates and not body.get("integrationId")):
        raise bad("recording.orphan.retention.data.invalid", "The provided dates in the payload were invalid.")
    return dates
