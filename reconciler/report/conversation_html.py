"""A conversation → a page of its own: the drawing, and below it every native event with what it was told as. No scripts."""

from __future__ import annotations

from reconciler.model.story import Entry, Story, Told
from reconciler.report.conversation import move, remarks, said, summary
from reconciler.report.conversation_svg import drawing
from reconciler.report.conversation_time import Zone
from reconciler.report.page import page


def html(story: Story) -> str:
    """The page. Nothing in a conversation can write HTML: texts are escaped, and the page may run nothing."""
    zone = Zone(story.zone, story.start, story.end)
    return page(
        "conversation.html.j2",
        story=story,
        drawing=drawing(story),
        standalone=False,
        summary=summary(story, zone),
        remarks=list(remarks(story)),
        moves=[move(one, story, zone) for one in story.moves],
        events=[_event(one, story, zone) for one in story.entries],
    )


def _event(one: Entry, story: Story, zone: Zone) -> dict[str, object]:
    told = [{"at": zone.time(told.at), **_told(told, story)} for told in one.told]
    when = {"at": zone.time(one.at), "day": zone.day(one.at), "iso": zone.iso(one.at)}
    return {**when, "entry": one, "again": ", ".join(one.again), "told": told}


def _told(told: Told, story: Story) -> dict[str, str]:
    name, _, rest = said(told, story).partition("  ")
    return {"name": name, "rest": rest}
