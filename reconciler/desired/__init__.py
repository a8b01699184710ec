"""What should be: manifests read, merged and checked into one State, and rendered from the facts of an export.

Everything here is offline and without a clock: texts come in, texts or a State or all Problems go out.

Decided here: pydantic checks what a manifest says and is left behind at this edge; a State holds plain values that compare
fast and equal to what live state is read into. Places are lines while all is well: columns and fields are looked up by reading
a text once more when there is something to complain about.
"""
