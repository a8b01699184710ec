"""Where a recording may be put: one presigned address per file, with the headers that must come with the bytes.

Source: `POST /api/v2/uploads/recordings`, definitions `UploadUrlRequest` (rules of the name, 1 to 604,800 seconds, default 600)
and `UploadUrlResponse`. Which headers come back is inferred: those that repeat the request, and a tag nobody can guess.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from reconciler.emulator.recording_signature import Visit, signed
from reconciler.emulator.refusal import constraint, offence

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.world import World

# The shape of the body; what the values may be is checked here, not there.
UPLOAD = {
    "fileName": str,
    "contentMd5": str,
    "signedUrlTimeoutSeconds": int,
    "contentType": str,
    "serverSideEncryption": ("AES256",),
}
FOLDER = "/storage/recordings/"
SECONDS, SECONDS_MAXIMUM = 600, 604_800
_FORBIDDEN = re.compile(r"[\s\\{^}%`\]\">\[~<#|]")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(;[\x20-\x7e]*)?", re.ASCII)
_MD5_BYTES = 16
_SHARED = "name"  # the middle of a key that follows from the file name alone


def grant_upload(ask: Ask, world: World) -> Json:
    """An address to PUT one file to, its key in the storage, and the headers the PUT must have."""
    body = ask.body
    name = _name(body.get("fileName", ""))
    seconds = body.get("signedUrlTimeoutSeconds", SECONDS)
    if not 1 <= seconds <= SECONDS_MAXIMUM:
        raise offence(constraint(f"From 1 to {SECONDS_MAXIMUM} seconds", "signedUrlTimeoutSeconds"))
    headers = _headers(body) | {"x-amz-tagging": urlencode({"organizationId": world.organization["id"], "fileName": name})}
    key = _key(world, name)
    sent = {known.lower(): text for known, text in headers.items()} | {"host": ask.host}
    address = signed(Visit("PUT", FOLDER + key, "", sent), world.client.secret, now=world.now(), seconds=seconds)
    world.recordings.counts["urls"] += 1
    return {"url": ask.origin + address, "uploadKey": key, "headers": headers}


def _name(name: str) -> str:
    """The name, where the rules allow it. Source: description of `fileName`."""
    wrong = _FORBIDDEN.search(name)
    if wrong:
        raise offence(constraint(f"The file name must not contain [{wrong.group()}]", "fileName"))
    if name.startswith(".") or name.endswith("/"):
        raise offence(constraint("The file name must not start with a dot and not end with a forward slash", "fileName"))
    return name


def _key(world: World, name: str) -> str:
    """Source: "identifies the file in the storage including the file name"; whether each request gets its own is a switch."""
    own = not name or world.switches.recording_upload_key == "unique"
    middle = world.new_id() if own else _SHARED
    return f"{world.organization['id']}/{middle}/{name}"


def file_name(key: str) -> str:
    """The name a key was given for; empty where there was none."""
    return key.split("/", 2)[2]


def _headers(body: Json) -> dict[str, str]:
    headers = {}
    if digest := body.get("contentMd5"):
        headers["Content-MD5"] = _digest(digest)
    if media := body.get("contentType"):
        if not _MEDIA_TYPE.fullmatch(media):
            raise offence(constraint("contentType must be a media type such as audio/wav", "contentType"))
        headers["Content-Type"] = media
    if encryption := body.get("serverSideEncryption"):
        headers["x-amz-server-side-encryption"] = encryption
    return headers


def _digest(text: str) -> str:
    """The digest as it was given, in base64. That another form is refused here, and not by the storage, is inferred."""
    try:
        read = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        read = b""
    if len(read) != _MD5_BYTES:
        raise offence(constraint("contentMd5 must be the MD5 of the file in base64", "contentMd5"))
    return text
