"""Asterisk, FreePBX, XiVO and Wazo: what the queue log tells of agents. Its configuration is not read yet.

`rows` reads the log as a file or as rows of a database table in the forms clients print them, `sql` the dumps among those;
`status` folds the rows of one member into what is known of it.

Decided here: the key of an agent is the member column as printed. A queue counts from when the log first speaks of the member in
it: members written in a configuration file are never told, so a member is ready as soon as it is heard of. That somebody is
paused in some queues only is ready, and said in `Agent.native`, since Genesys Cloud cannot show it. Ringing is told only when it
is over (with its length), so nobody is ever `offered`. After work has no event here.
"""
