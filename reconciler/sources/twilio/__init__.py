"""Twilio TaskRouter, Voice and Flex: what is configured there, and what they tell of workers, calls and e-mails.

The configuration: `answers` of the REST service become records, `export` tells them as Facts, and an `expression` says which
workers are in a queue.

`records` turns posts, Event Streams messages and answers into flat records, `status` folds those of one worker. For `calls`,
`call_events` makes events of records and `attributes` reads what customers write into tasks; `tasks` and `voice` say what they
mean for legs, and `leaving` how legs end.

Decided here: SIDs are the keys, names change. Whether an activity takes work is a flag of the activity, which the events of
workers do not carry: it is learnt from every record that tells it, else said in mapping.yaml, else known for the names a
workspace begins with. An activity is never guessed by a name of the customer's own.

Of calls: TaskRouter alone is enough for a conversation, Voice adds what it cannot know; so a task counts from its own events, and
a call back never opens a queue or an agent. A conversation is called as the customer's call is, which both know; outbound as the
task, which is there first. Queues are known by their SID too.
"""
