"""Keeps a Genesys Cloud EX organisation in step with an external contact-centre platform.

The folders are the flow:

    export ─▶ sources ─▶ desired ─▶ manifests (Git, pull request)
                                       │
                              live ─▶ plan ─▶ apply ─▶ api (HTTP) and ledger (what is whose, what was done)

`cli` turns options into calls of `pipeline`, which is the only place that wires the parts. `model` holds the values they hand
to each other, `formats` turns bytes into values that remember their place, `kinds` says what exists in Genesys Cloud.
`emulator` is Genesys Cloud in a box; it shares nothing with the rest. `demo` plays the whole flow on it.

Decided here: stages as folders and kinds as data, instead of one folder per Genesys area, because queues, users and divisions
refer to each other and every area would have to know every other one.
"""

__version__ = "0.1.0"
