"""The one door to Genesys Cloud: Calls go out, Answers or errors of our own tree come back. httpx lives here and nowhere else.

What may live here: transport, tokens, budgets, retries, paging. Not here: what a request is for. No module of this folder knows
a kind, a manifest or the ledger; time, sleep and dice are arguments, so that every rule can be tried without waiting.

Decided here:
* One client per OAuth token with at most 5 connections: more of them cost throughput instead of adding any.
* A pool hands a call out when a client can send it, not when it comes: waiting at one client, it could have gone to another.
  Whether the service counts requests by token or by OAuth client is a parameter (`pool.Counted`), because its own words differ.
* The budget counts 61 s instead of 60 (`limits.SPAN`): what matters is when a request arrives, not when it is sent.
* A write is repeated only when it certainly was not carried out (429, 401, a connection that never stood). Everything else is
  `errors.Lost`, and the caller reads before it repeats.
* Retrying and limiting are arithmetic of our own instead of a library: they need a given clock and the server's headers.
"""
