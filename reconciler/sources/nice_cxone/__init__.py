"""NICE CXone (inContact): what its polled agent states tell. Its configuration is not read yet.

Decided here: the key of an agent is `AgentId`. States are known by name; their numbers are published nowhere. Every value may
be text.
"""
