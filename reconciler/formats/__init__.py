"""Bytes → values that remember their place: one module per format, each the only door to its library.

Here nothing is opened, fetched or written: callers bring bytes and the name messages call them by. Every reader bounds what
hostile input may cost, collects what is wrong as Problems, and ends in `InputError` with all of them.

Decided here: texts are read by our own rules, not by a loader's. A loader guesses types (`no` becomes False, `007` becomes 7)
and each library guesses differently; what a value means is decided by the model it is meant for.
"""
