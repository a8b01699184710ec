"""Plans made from events: what has happened on the external platform, as changes that Genesys Cloud is told.

Here live pure functions and small memories: a window that puts events in order, what is known of each agent, and the table from
native states to pairs. No I/O, no clock, no dice: times and ids come in or are derived. Platforms' own words are understood in
`sources`; what is sent, repeated and settled is the business of `apply`.

Decided here:
* What is remembered of an agent after each event is kept until that event is settled, and only then noted in the stream: after
  a crash the same events meet the same memory and become the same changes with the same ids.
* An event that comes behind younger ones of its agent is not put in: the state would go backwards. It is set aside with its
  cause, where people see it, and healing mends what it meant.
"""
