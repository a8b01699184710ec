"""What is read or written as a whole: exports, mappings, templates, manifests. The one place that opens files.

Reading stays below the folder it was given: a link that leads out is a problem, not a way. Sizes are bounded. Writing is
atomic per file, and only files that carry the renderer's mark are ever replaced or removed.
"""
