"""Where native events come in: growing files, standard input, a web hook, polled snapshots. Bytes in, chunks of records out.

A feed knows its frame (lines, JSON, XML), never a platform: what a record means is for `sources` to say. It hands out `Chunk`s
in order, each with the bookmark that goes on behind it; whoever takes them over durably keeps the bookmark in the same commit.
So nothing is lost, and after a crash only what came behind the last kept bookmark comes again.

What may live here: files that are read, sockets that are listened on, waiting. Not here: the ledger, Genesys Cloud, what a record
means. Waiting and clocks are handed in, so that every test decides what happens meanwhile. starlette and uvicorn may be used.

Decided here:
* Files are watched by looking at them now and then, not by the kernel's notices: those differ per system, get lost on network
  drives and overflow, so looking would be needed besides.
* A file is known by device, inode and digests of what was read of it, not by its name: names move in a rotation, inodes are
  used again, copies have new ones.
* A web hook has no bookmark: its sender repeats what was not acknowledged, and an event has the same id every time.
"""
