"""Genesys Cloud in a box: what a client of the platform API can tell apart is imitated, everything else is left out.

Charter: a second reading of the API description. It imports nothing of ours, so that a misreading in the client is not
repeated here, and nobody asks it anything but over HTTP: `build` gives an ASGI application for tests, `serve` a server on
the loopback interface. It sends nothing anywhere.

What happens to a request, in this order (see `app`):

    body read, 413 ─▶ operation found ─▶ token, 401 ─▶ window, 429 ─▶ permission, 403 ─▶ fault "before"
        ─▶ 415, JSON, shape of the body, 400 ─▶ handler (the world changes) ─▶ fault "after" ─▶ answer

What begins with `/storage/` is no part of the API: presigned addresses, answered by `recording_storage` as S3 would.

Decisions:

* One table (`operations`) says what is modelled: method, path, permissions, body, paging. A handler is a function of the
  request and the world that returns JSON; it knows nothing of HTTP. Not classes per resource: the table can be read.
* Simple objects (skills, codes, sources, …) are kept as the JSON documents they are answered as; only users and queues,
  of which there are many and which are related, have classes.
* Every guess about the platform is a named switch (`switch`) that can be turned while it runs. Defaults are what the
  safest client assumption would survive.
* Handlers are synchronous, so one request is one transaction and no lock is needed.

* Of uploaded recordings digest, size and what the head tells are kept, not the bytes: tests upload gigabytes.

* Events are taken over one by one and kept as they came: what was accepted can be compared with what was told. The rules of
  conversation events are all ours (the description fixes fields, not order), so each is a switch and is counted when broken.

Not modelled (answered 404 `not.found` with a message that says so): conversations changed by anything but injected events,
retention, annotations and batch downloads of recordings, presence and routing status written by anything but injected events,
notifications, custom attributes, utilization, identity resolution, groups, skill groups and teams, roles as writable things,
the deprecated `/presencedefinitions` and `/routing/queues/{queueId}/users` families.
"""
