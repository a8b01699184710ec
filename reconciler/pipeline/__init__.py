"""The flow as code: one short function per command, and the one place that wires the parts.

Here settings become clients, ledgers and readers; here stand the clock, the dice and the paths. No decisions about the domain:
those are in the stages. The command line above turns options into calls of these functions and their results into text.
"""
