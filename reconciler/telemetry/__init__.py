"""What an operator watches: numbers for Prometheus, and a door that shows them.

What may live here: names, units and formats of numbers, and the loopback server that hands them out. Not here: what is counted;
the pipeline tells. prometheus-client lives here and nowhere else.

Decided here:
* One registry per process run, made by who needs it, instead of the library's global one: two of them never mix.
* The server runs in a thread of its own: it answers while a large plan keeps the event loop busy.
"""
