"""What becomes of an uploaded file: which conversation it belongs to, and when it is a recording of it, an orphan or a failure.

    Pending ─▶ Failure            what was put is empty or is no audio
            ─▶ WaitForConversation ─▶ Success    its conversation has ended: the file is a recording of it
            │                      ─▶ orphan     the conversation did not come, or did not end, in time
            ─▶ orphan             the name tells no conversation

The description fixes the four words and that orphans exist. How a file tells its conversation is not published: `recording_link`
names one convention of ours at a time (default: the file is called `CONVERSATIONID_anything.wav`). All times are switches.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from reconciler.emulator.recording_store import (
    FAILURE,
    NO_CONVERSATION,
    NOT_COMPLETE,
    PENDING,
    SUCCESS,
    UNKNOWN_CONVERSATION,
    WAITING,
    File,
)
from reconciler.emulator.recording_upload import file_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.emulator.recording_store import Content
    from reconciler.emulator.things import Json
    from reconciler.emulator.world import World

_EVER = float("inf")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z-])", re.IGNORECASE | re.ASCII)


def arrive(world: World, key: str, content: Content) -> None:
    """A body was put: a new file, or other content of a known one. Only a file that failed is looked at again."""
    store = world.recordings
    store.counts["uploads"] += 1
    store.counts["bytes"] += content.size
    file = store.by_key.get(key)
    if file is None:
        file = store.by_key[key] = File(key, file_name(key), world.now(), content)
    else:
        store.counts["overwritten"] += 1
        file.content = content
        if file.status != FAILURE:
            return
        file.status, file.reason = PENDING, ""
    world.later(world.switches.recording_ingest_delay, partial(_ingest, world, file))


def settle(world: World) -> None:
    """Files whose conversations ended since the last time are recordings of them. Whoever shows files calls this before."""
    ended = world.conversations.ended
    while ended:
        conversation = ended.popleft()
        world.conversations.watched.discard(conversation)
        for file in world.recordings.waiting.pop(conversation, ()):
            attach(world, file, conversation)


def attach(world: World, file: File, conversation: str) -> None:
    """The file is a recording of the conversation, under an id of its own; an orphan it was is gone."""
    store = world.recordings
    if file.orphan:
        del store.orphans[file.id]
        _unwatch(world, file)
    file.status, file.reason, file.orphan, file.conversation = SUCCESS, "", "", conversation
    file.id, file.taken = world.new_id(), world.now()
    store.counts["attached"] += 1
    store.by_id[file.id] = file
    store.of_conversation.setdefault(conversation, {})[file.id] = file


def told(world: World, file: File) -> str:
    """The conversation the file belongs to by the convention in force; empty where nothing tells it yet."""
    conversation, name = _LINKS[world.switches.recording_link](file.name)
    return conversation or world.recordings.told.get(name, "")


def introduce(world: World, name: str, conversation: str) -> None:
    """From now on it is known which conversation files of this name belong to: a side-car came, or an interaction began."""
    store = world.recordings
    store.told[name] = conversation
    for file in store.untold.pop(name, ()):
        _place(world, file)


def drop(world: World, file: File) -> None:
    """An orphan is deleted; the file stays in reports."""
    del world.recordings.orphans[file.id]
    _unwatch(world, file)
    file.orphan, file.reason = "", "deleted"


def tell_recordings(world: World, digests: str) -> Json:
    """What the admin port answers: see `Recordings.tell`."""
    settle(world)
    return world.recordings.tell(digests)


# ── on the way in ────────────────────────────────────────────────────────────────────────────────────────────────────


def _ingest(world: World, file: File) -> None:
    if world.switches.recording_link == "sidecar" and file.content.conversation:
        file.status, file.reason = SUCCESS, "side-car"
        introduce(world, _stem(file.name), file.content.conversation)
        return
    if reason := _unfit(world, file):
        file.status, file.reason = FAILURE, reason
        return
    _place(world, file)


def _place(world: World, file: File) -> None:
    """Attach the file, or let it wait: for the end of its conversation, or for somebody to tell which one it is."""
    store, conversations = world.recordings, world.conversations
    known = file.conversation = told(world, file)
    name = _LINKS[world.switches.recording_link](file.name)[1]
    found = conversations.by_id.get(known)
    if found is not None and found.machine.over:
        attach(world, file, known)
        return
    if not known and not name:
        _unlinked(world, file)
        return
    store.counts["waited"] += file.status != WAITING
    file.status = WAITING
    if known:
        store.waiting.setdefault(known, []).append(file)
        conversations.watched.add(known)
    else:
        store.untold.setdefault(name, []).append(file)
    _patience(world, file)


def _unfit(world: World, file: File) -> str:
    if not file.content.size:
        return "empty"
    if not file.content.media and world.switches.recording_no_audio == "failure":
        return "no audio"
    return ""


def _unlinked(world: World, file: File) -> None:
    if world.switches.recording_unlinked == "failure":
        file.status, file.reason = FAILURE, "no conversation"
        return
    _orphan(world, file, NO_CONVERSATION)


def _patience(world: World, file: File) -> None:
    """Come back to a waiting file when its time is over. A conversation that is known may take longer than one that is not."""
    until = file.arrived + _wait(world, file)
    if until < _EVER:
        world.later(until - world.now(), partial(_give_up, world, file))


def _give_up(world: World, file: File) -> None:
    settle(world)
    if file.status != WAITING or file.id:  # attached, an orphan, or an orphan that was deleted
        return
    if world.now() < file.arrived + _wait(world, file):
        _patience(world, file)
        return
    is_open = file.conversation in world.conversations.by_id
    _orphan(world, file, NOT_COMPLETE if is_open else UNKNOWN_CONVERSATION if file.conversation else NO_CONVERSATION)


def _wait(world: World, file: File) -> float:
    """So many seconds the file waits from its arrival."""
    if file.conversation in world.conversations.by_id:
        return world.switches.recording_open_wait or _EVER
    return world.switches.recording_unknown_wait


def _orphan(world: World, file: File, status: str) -> None:
    store = world.recordings
    if not world.switches.recording_orphan_heals:
        _unwatch(world, file)
    file.status, file.orphan = world.switches.recording_orphan_status, status
    file.id, file.taken = world.new_id(), world.now()
    store.counts["orphaned"] += 1
    store.orphans[file.id] = file


def _unwatch(world: World, file: File) -> None:
    """Nobody waits for this file any longer."""
    store = world.recordings
    name = _LINKS[world.switches.recording_link](file.name)[1]
    for waiting, known in ((store.waiting, file.conversation), (store.untold, name)):
        if file in waiting.get(known, ()):
            waiting[known].remove(file)
            if not waiting[known]:
                del waiting[known]
    if file.conversation not in store.waiting:
        world.conversations.watched.discard(file.conversation)


# ── how a file tells its conversation: at once by its id, or by a name that somebody else explains ───────────────────


def _by_name(name: str) -> tuple[str, str]:
    found = _ID.match(name.rpartition("/")[2])
    return found.group().lower() if found else "", ""


def _by_folder(name: str) -> tuple[str, str]:
    found = _ID.fullmatch(name.lstrip("/").partition("/")[0])
    return found.group().lower() if found else "", ""


def _by_interaction(name: str) -> tuple[str, str]:
    return "", _stem(name.rpartition("/")[2]).partition("_")[0]


def _by_sidecar(name: str) -> tuple[str, str]:
    return "", _stem(name)


def _stem(name: str) -> str:
    folder, slash, last = name.rpartition("/")
    return folder + slash + (last.rpartition(".")[0] or last)


_LINKS: dict[str, Callable[[str], tuple[str, str]]] = {
    "file_name": _by_name,
    "folder": _by_folder,
    "interaction_id": _by_interaction,
    "sidecar": _by_sidecar,
}
