"""Pages and pictures for people: self-contained HTML, and SVG, to be mailed, attached to a build, kept for an audit.

What may live here: values of the core → HTML or SVG text. No I/O but the packaged templates (`page`), no decisions about what is
shown first or refused: those are the plan's. jinja2 with autoescape on; every text goes through `plain` as well, so that what
would reorder or hide signs on a terminal is shown here too.

Decided here:
* No script, no font, no picture from elsewhere, and a policy in the page that forbids them: a plan holds names of people.
* Folding is the browser's `<details>`: it works in a mail, offline, and with a keyboard.
"""
