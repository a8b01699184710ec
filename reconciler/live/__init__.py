"""What is: Genesys Cloud as it stands, read through a Reader that cannot write.

Objects come in with ids and leave as a Snapshot of Refs: `identify` decides whose is what (ledger, then mark, then name),
`read` asks for everything in the order of references and for details of managed objects only. Every listing is proven complete
or not; what was not read stays unknown and is never planned on.

Decided here: identification happens before the diff, in one place, so that no later step meets an object that is not ours.
"""
