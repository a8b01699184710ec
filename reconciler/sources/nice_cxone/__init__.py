"""NICE CXone (inContact): what is configured there, and what its polled agent states tell.

Of the configuration `answers` become records, `assigned` says who has which skill, and `export` tells them as Facts.

Decided here: the key of an agent is `AgentId`. States are known by name; their numbers are published nowhere. Every value may
be text.
"""
