"""What lasts: whose an object is, what was sent and what became of it, which plans ran, who applies, events on their way.

May know SQL; may not know Genesys Cloud, kinds or manifests. SQLAlchemy (Core, no ORM) and alembic live here and nowhere else.
Time, sleep and the look at other processes are arguments. `store.open` is the door.

Decided here:
* A call returns when its one commit is on the disk (SQLite: WAL, `synchronous=FULL`), because an intent that is lost in a
  crash is a duplicate later. Many bindings go into one commit; every intent and every outcome has its own.
* The same statements serve SQLite and PostgreSQL; times are ISO 8601 text in UTC, so that both compare them alike. What differs
  stands in `sqlite` and `postgresql`, and every test of the ledger runs on both.
* On PostgreSQL the constraints decide who wins a race; rows are locked only for the lease, and one advisory lock keeps two
  processes from making the tables at once.
* What a binding does not say again (`applied`, `grants`) is kept for the same object: a caller that forgets it must not lose it.
* A request is remembered by its digest, never by its body: bodies hold people.
* alembic is imported only when the schema is not the newest one: opening a ledger that is current costs no migration tool.
* Streams (`inbox`): what waits stands in a table of its own and goes when it is settled; another one keeps the ids, 36 bytes
  each. One table with the payload emptied took half again the time and ten times the room.
* A worker is a row with a beat, and what it holds names that row: one update keeps all its partitions and slots. No clock of
  another machine is believed; what protects the tables is the epoch, what protects the destination is `is_held`.
* Numbers of items are given under a lock of their stream, so that they become visible in their order on PostgreSQL too.
* The statements that run per event go to the driver as text with tuples (`spoken`): a third of the time.
* A lease is a row, not a file lock: it has to hold between machines, and a person must be able to see and break it.
"""
