"""What a recording really is: bytes → `model.recording.Inspected`. soundfile, PyAV and numpy live here and nowhere else.

What may live here: looking at first bytes, reading headers, decoding in blocks, measuring blocks, writing one file from two. No
verdict (`runners.recording_rules`), no search for files, no network. Decoding holds one block in memory, whatever a file claims.

Decided here:
* The first bytes say what a file is; its name never does. Only containers of recordings reach a decoder, by name: probing is
  off, because PyAV's probing also knows playlists, which make it open other files.
* Decoders are C and have died over odd input, so a `Box` decodes in a child process with bounded memory and time; the parent
  opens the file and hands over the descriptor, and the child opens nothing.
* What a header claims is read by our own few lines (`header`): soundfile silently corrects the claim by the length of the file.
* Twenty windows of a second, first and last included, stand for the whole; where they leave a doubt everything is heard.
"""
