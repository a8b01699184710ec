"""Options in, text and exit code out; one module per group of commands, no decisions.

stdout carries the document that was asked for, stderr everything else. Without a terminal nothing is asked and nothing spins.
Exit codes are those of the error tree in `reconciler.errors`.
"""
