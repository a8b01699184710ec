"""Genesys Engage (PureEngage): what T-Servers and Stat Server tell of agents. Its configuration is not read yet.

`records` turns messages in JSON and in the text of logs into flat records, `status` folds those of one agent.

Decided here: the key of an agent is the `AgentID` of the message, the login, as printed; mapping.yaml translates it where
manifests know people by another id. An agent may be logged in at several places (DNs, media); the worst of them counts, or one
medium alone.
"""
