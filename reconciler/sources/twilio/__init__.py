"""Twilio TaskRouter and Flex: what its events and REST answers tell of workers. Its configuration is not read yet.

`records` turns posts, Event Streams messages and answers into flat records, `status` folds those of one worker.

Decided here: SIDs are the keys, names change. Whether an activity takes work is a flag of the activity, which the events of
workers do not carry: it is learnt from every record that tells it, else said in mapping.yaml, else known for the names a
workspace begins with. An activity is never guessed by a name of the customer's own.
"""
