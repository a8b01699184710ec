"""The words the parts speak: values they hand to each other, and the ports they meet through.

Here live frozen values and Protocols; no I/O, no clock, no dice, no logging. Whoever needs a value of another stage finds it
here, because stages do not know each other.

Decided here: keys instead of ids. Desired and live state both name things by the key the external platform uses; ids of
Genesys Cloud exist only where live state is read (`live`) and where calls are made (`apply`, `kinds`).
"""
