"""Cisco Finesse, with UCCE, PCCE or UCCX behind it: what its XML tells of agents. Its configuration is not read yet.

Decided here: the key of an agent is `loginId`; the extension moves with the desk. Reasons are `reasonCodeId`, since one `code`
can mean one thing when somebody is not ready and another when they leave. Dialogs are read for what they say of their agent only.
"""
