"""Doing it: one executor carries Plans out and tells the ledger before and after every request.

It knows no HTTP (a `Send` is handed in) and no database (a `Ledger` is handed in). A failure stops only what needs it; a lost
answer is settled by reading before anything is repeated.

Decided here: the executor hands out single changes as soon as what they need is done (graphlib), instead of whole waves, because
the first queue would otherwise wait for the last of ten thousand users.
"""
