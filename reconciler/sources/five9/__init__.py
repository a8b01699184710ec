"""Five9: what is configured there, and what its supervisor web socket tells of agents.

Of the configuration `answers` become records, `skilled` says who has which skill, and `export` tells them as Facts.

Decided here: the key of an agent is the `id` of the data source AGENT_STATE; user names are e-mail addresses and change. A state
is told with the time it began, as the platform says it, not with the time it was seen.
"""
