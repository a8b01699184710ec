"""A conversation → its JSON document: all that the drawings show, and the native records whole."""

from __future__ import annotations

from typing import Any

from reconciler.model.story import Entry, Lane, Move, Story, Told
from reconciler.report.conversation_time import Zone

FORMAT = "reconciler/conversation"
VERSION = "1.0"


def document(story: Story) -> dict[str, Any]:
    """The conversation as data; times in ISO 8601 with the offset of the source's zone, durations in seconds."""
    zone = Zone(story.zone, story.start, story.end)
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "conversation": story.key,
        "platform": story.platform,
        "source": story.source,
        "media": story.media.value,
        "time_zone": story.zone,
        "start": zone.iso(story.start) if story.entries else None,
        "end": zone.iso(story.end) if story.lanes and not story.is_open else None,
        "duration": (story.end - story.start) / 1000 if story.lanes and not story.is_open else None,
        "legs": [_leg(one, zone) for one in story.lanes],
        "transfers": [_move(one, zone) for one in story.moves],
        "events": [_event(one, zone) for one in story.entries],
        "unread": [{"place": one.place, "why": one.why} for one in story.unread],
        "quarantine": [one._asdict() for one in story.waiting],
        "notes": list(story.notes),
    }


def _leg(one: Lane, zone: Zone) -> dict[str, Any]:
    spans = [{"state": span.phase.value, "start": zone.iso(span.start), "end": zone.iso(span.end)} for span in one.spans]
    end = None if one.end is None else zone.iso(one.end)
    head = {"number": one.number, "leg": one.name, "party": one.party.value, "name": one.called}
    return {**head, "start": zone.iso(one.start), "end": end, "how": one.how or None, "states": spans}


def _move(one: Move, zone: Zone) -> dict[str, Any]:
    end = None if one.end is None else zone.iso(one.end)
    head = {"number": one.number, "what": one.what, "start": zone.iso(one.at), "end": end, "begun_by": one.begun_by}
    return {**head, "to": one.goal, "landed": one.landed or None, "outcome": one.outcome}


def _event(one: Entry, zone: Zone) -> dict[str, Any]:
    return {
        "at": zone.iso(one.at),
        "place": one.place or None,
        "again": list(one.again),
        "words": one.words,
        "told": [_told(told, zone) for told in one.told],
        "odd": one.odd or None,
        "refused": one.refused or None,
    }


def _told(one: Told, zone: Zone) -> dict[str, Any]:
    return {"at": zone.iso(one.at), "event": one.event, "leg": one.leg or None, "said": dict(one.said)}
