"""Genesys Engage (PureEngage): what T-Servers and Stat Server tell of agents and calls, and the contact server of e-mails.

`records` turns messages in JSON and in the text of logs into flat records, `status` folds those of one agent. `calls` is their
feed of conversations: `call_events` finds who is at a DN and which calls are one, `calls_voice` says what a message means for the
legs of a `call` (with `call_parties` and `call_ends`), `mails` does so for interaction records. Configuration is not read yet.

Decided here: the key of an agent is the `AgentID` of the message, the login, as printed; mapping.yaml translates it where
manifests know people by another id. An agent may be logged in at several places (DNs, media); the worst of them counts, or one
medium alone.
"""
