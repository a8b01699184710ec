"""Five9: what its supervisor web socket tells of agents. Its configuration is not read yet.

Decided here: the key of an agent is the `id` of the data source AGENT_STATE; user names are e-mail addresses and change. A state
is told with the time it began, as the platform says it, not with the time it was seen.
"""
