"""Cisco Finesse, with UCCE, PCCE or UCCX behind it: what is configured there, and what its XML tells of agents and calls.

Of the configuration `answers` of Finesse and UCCX become records, `export` tells them as Facts, and `members` says who is in a
queue.

`status` folds what is told of one user. For `calls`, `dialogs` reads documents, `call_events` makes events of whole states, and
`seats` says what a state means for legs, `leaving` how they end, and `places` knows who is where.

Decided here: the key of an agent is `loginId`; the extension moves with the desk. Reasons are `reasonCodeId`, since one `code`
can mean one thing when somebody is not ready and another when they leave. The status reads dialogs for what they say of their
agent only.

Of calls: participants have addresses and no names. Whose extension it is, documents of users say, else the node a dialog is told
on where one agent in it is not known yet; else the extension names the agent, and `agents` of mapping.yaml may say who it is.
A queue is known by its name, as Finesse shows no more of it than that and a number of its own.
"""
