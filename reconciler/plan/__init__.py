"""What to do about it: pure functions from desired and live state to a Plan, and from a Plan to what people read.

`resolve` finds who needs whom, `diff` compares, `guard` refuses, `order` sorts, `show` draws. No I/O, no clock: the same inputs
give the same plan, byte for byte.
"""
