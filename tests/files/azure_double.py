"""Azure's Blob service as far as a reader of recordings needs it: list, properties, ranges, put, delete; in memory, as WSGI.

Source: Blob service REST API, version 2021-12-02: List Blobs, Get Blob Properties, Get Blob, Put Blob, Delete Blob, Get Container
Properties. Signatures are not checked.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

Answer = tuple[str, dict[str, str], bytes]


@dataclass(frozen=True)
class Blob:
    data: bytes
    etag: str
    changed: str


class Blobs:
    """One container of an account; paths are /account/container/blob."""

    def __init__(self, container: str) -> None:
        self._container, self._numbers = container, itertools.count(1)
        self.blobs: dict[str, Blob] = {}

    def __call__(self, environ: dict[str, Any], begin: Callable[..., Any]) -> list[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode().split("/", 3)[2:]
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        status, headers, body = self._answered(path, query, environ)
        headers = {"Content-Length": str(len(body)), "x-ms-version": "2021-12-02", "x-ms-request-id": "1"} | headers
        begin(status, list(headers.items()))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _answered(self, path: list[str], query: dict[str, str], environ: dict[str, Any]) -> Answer:
        method = environ["REQUEST_METHOD"]
        if path[0] != self._container:
            return _failed("404 Not Found", "ContainerNotFound")
        if query.get("restype") == "container":
            return self._list(query) if query.get("comp") == "list" else ("200 OK", {"ETag": '"0"', "Last-Modified": _now()}, b"")
        name = path[1]
        if method == "PUT":
            data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            self.blobs[name] = Blob(data, f'"0x{next(self._numbers):X}"', _now())
            return "201 Created", {}, b""
        if name not in self.blobs:
            return _failed("404 Not Found", "BlobNotFound")
        if method == "DELETE":
            del self.blobs[name]
            return "202 Accepted", {}, b""
        return self._content(self.blobs[name], environ)

    def _content(self, blob: Blob, environ: dict[str, Any]) -> Answer:
        if environ.get("HTTP_IF_MATCH", blob.etag) not in {blob.etag, "*"}:
            return _failed("412 Precondition Failed", "ConditionNotMet")
        headers = {"ETag": blob.etag, "Last-Modified": blob.changed, "x-ms-blob-type": "BlockBlob", "Accept-Ranges": "bytes"}
        window = re.match(r"bytes=(\d+)-(\d*)", environ.get("HTTP_X_MS_RANGE", environ.get("HTTP_RANGE", "")))
        if environ["REQUEST_METHOD"] == "HEAD" or not window:
            return "200 OK", headers | {"Content-Length": str(len(blob.data))}, blob.data
        begin, end = int(window[1]), min(int(window[2] or len(blob.data)), len(blob.data) - 1)
        if begin > end:
            return _failed("416 Range Not Satisfiable", "InvalidRange")
        return (
            "206 Partial Content",
            headers | {"Content-Range": f"bytes {begin}-{end}/{len(blob.data)}"},
            blob.data[begin : end + 1],
        )

    def _list(self, query: dict[str, str]) -> Answer:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        items, folders = [], set()
        for name in sorted(one for one in self.blobs if one.startswith(prefix)):
            step, found, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
            if found:
                folders.add(f"{prefix}{step}{delimiter}")
            else:
                items.append(_item(name, self.blobs[name]))
        items += [f"<BlobPrefix><Name>{escape(one)}</Name></BlobPrefix>" for one in sorted(folders)]
        body = f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{self._container}">'
        body += f"<Prefix>{escape(prefix)}</Prefix><Blobs>{''.join(items)}</Blobs><NextMarker/></EnumerationResults>"
        return "200 OK", {"Content-Type": "application/xml"}, body.encode()


def _item(name: str, blob: Blob) -> str:
    said = f"<Last-Modified>{blob.changed}</Last-Modified><Etag>{blob.etag.strip(chr(34))}</Etag>"
    said += f"<Content-Length>{len(blob.data)}</Content-Length><BlobType>BlockBlob</BlobType>"
    return f"<Blob><Name>{escape(name)}</Name><Properties>{said}</Properties></Blob>"


def _failed(status: str, code: str) -> Answer:
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
    return status, {"Content-Type": "application/xml", "x-ms-error-code": code}, body.encode()


def _now() -> str:
    return format_datetime(datetime.now(UTC), usegmt=True)
