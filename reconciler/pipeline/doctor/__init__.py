"""`doctor`: everything that a plan, an apply or a run stands on, looked at once, each with what to do about it.

It never writes: not to Genesys Cloud (it holds a reader), not to the manifests, and not to the ledger, which it neither makes
nor brings up to date. It shows no secret. What cannot be looked at because something before it failed is left out.

Decided here: permissions are proven by asking for each where it is held (`divisionspermitted`), not by reading roles: it needs
no permission itself, and it answers per division. A client that may write nothing is taken for one that only plans, because
most organisations use two; whoever wants to be sure says `--for`. One OAuth client is looked at after the other.
"""
