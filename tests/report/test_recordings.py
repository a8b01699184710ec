"""The page of a store of recordings."""

from __future__ import annotations

from reconciler.report.recordings import LANE, LISTED, Doubtful, html

EVIL = "<script>alert(1)</script>\n\x1b[31m"
ONE = Doubtful(
    "a.wav", "archive", "wav PCMU 8000 Hz stereo", "1:00", (("mono", "record apart", "help"),), ([0.5, 1.0], [0.0, 0.1])
)


def page(*doubtful: Doubtful) -> str:
    return html("acme", {"found": 1_234, "refused": 0}, [("archive", 1, [("mono", 1)])], [("its conversation", 2)], doubtful)


def test_a_page_shows_figures_reasons_and_outlines() -> None:
    found = page(ONE)

    for words in ("1,234", "mono; record apart", "wav PCMU 8000 Hz stereo · 1:00", "its conversation"):
        assert words in found
    assert found.count("<polygon") == 2
    assert f'viewBox="0 0 600 {2 * LANE}"' in found


def test_nothing_in_a_name_can_write_html() -> None:
    found = page(ONE._replace(name=EVIL, sound=EVIL, reasons=((EVIL, EVIL, EVIL),)))

    assert "<script" not in found
    assert "\x1b" not in found
    assert found.count("&lt;script&gt;") == 5


def test_a_recording_nobody_can_hear_has_no_picture() -> None:
    assert "<svg" not in page(ONE._replace(outline=()))


def test_a_long_list_is_cut_and_counted() -> None:
    found = page(*[ONE] * (LISTED + 3))

    assert (found.count("<article>"), "and 3 more" in found) == (LISTED, True)


def test_a_loudness_beyond_its_scale_stays_in_its_lane() -> None:
    (lane,) = ONE._replace(outline=([7.0, -1.0],)).lanes
    heights = [float(point.split(",")[1]) for point in lane.split()]

    assert min(heights) >= 0
    assert max(heights) <= LANE
