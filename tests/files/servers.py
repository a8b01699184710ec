"""Real servers of recordings on loopback, one per kind of store; each needs the driver and a server from its own package."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from files import azure_double, sftp_server

from reconciler.files import remote
from reconciler.files.remote import Remote

USER, SECRET = "kestrel", base64.b64encode(b"geheim").decode()
Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


@dataclass
class Server:
    """A store with the folder `calls`. `wrong` credentials are refused, everybody where it is `refused`.

    `reading` runs once, before content is sent.
    """

    address: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    put: Callable[[str, bytes], Any] = lambda *_: None
    drop: Callable[[str], Any] = lambda *_: None
    has: Callable[[str], bool] = lambda *_: False
    reading: Callable[[], None] = lambda: None
    ranges: list[str] = field(default_factory=list)
    refused: bool = False
    hang_up: Callable[[], None] = lambda: None
    opened: list[Remote] = field(default_factory=list)

    def open(self, **said: Any) -> Remote:
        """The store as it is, which is closed before the server."""
        self.opened.append(remote.open(**{"address": self.address} | said))
        return self.opened[-1]

    def read(self, window: str) -> None:
        """To be called by a server before it sends content."""
        self.ranges.append(window)
        reading, self.reading = self.reading, lambda: None
        reading()


def _needs(module: str, extra: str) -> Any:
    return pytest.importorskip(module, reason=f"{module} is not installed: {extra}")


@contextmanager
def _served(application: Application) -> Iterator[int]:
    """The port of an application of WSGI."""
    wsgi = _needs("cheroot.wsgi", "no server for WSGI")
    server = wsgi.Server(("127.0.0.1", 0), application, numthreads=4, shutdown_timeout=1)
    server.expiration_interval = 0.02  # how soon it hears of its end
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server.bind_addr[1]
    finally:
        server.stop()
        thread.join()


def _watched(server: Server, application: Application, denied: bytes, key: str = "") -> Application:
    """The same, which tells of every reading and knows only users with the key."""

    def answer(environ: dict[str, Any], begin: Callable[..., Any]) -> Any:
        said = environ.get("HTTP_AUTHORIZATION", "")
        if server.refused or (key and f"Credential={key}/" not in said):
            begin("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(denied)))])
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else denied]
        if environ["REQUEST_METHOD"] == "GET" and (window := environ.get("HTTP_RANGE", environ.get("HTTP_X_MS_RANGE", ""))):
            server.read(window)
        return application(environ, begin)

    return answer


@contextmanager
def webdav(folder: Path) -> Iterator[Server]:
    _needs("webdav4.fsspec", "the extra `recordings-webdav`")
    application = _needs("wsgidav.wsgidav_app", "no server for WebDAV")
    server, users = _of_folder(folder), {"*": {USER: {"password": SECRET}}}
    inner = application.WsgiDAVApp(
        {"provider_mapping": {"/": str(folder)}, "simple_dc": {"user_mapping": users}, "logging": {"enable": False}}
    )

    def answer(environ: dict[str, Any], begin: Callable[..., Any]) -> Any:
        if environ["REQUEST_METHOD"] == "GET":
            server.read("")
        return inner(environ, begin)

    with _served(answer) as port:
        server.address = f"webdav://{USER}:{SECRET.replace('=', '%3D')}@127.0.0.1:{port}/calls"
        yield server


@contextmanager
def sftp(folder: Path) -> Iterator[Server]:
    _needs("paramiko", "the extra `recordings-sftp`")
    server = _of_folder(folder)
    with sftp_server.served(folder, (USER, SECRET), server.read) as (port, known, hang_up):
        server.address = f"sftp://{USER}:{SECRET.replace('=', '%3D')}@127.0.0.1:{port}/calls"
        server.environment = {"HOME": str(folder.parent)}
        server.hang_up = hang_up
        (folder.parent / ".ssh").mkdir()
        (folder.parent / ".ssh" / "known_hosts").write_text(f"{known}\n", encoding="utf-8")
        yield server


def _of_folder(folder: Path) -> Server:
    calls = folder / "calls"
    calls.mkdir(parents=True, exist_ok=True)

    def put(name: str, data: bytes) -> None:
        (calls / name).parent.mkdir(parents=True, exist_ok=True)
        (calls / name).write_bytes(data)

    return Server(put=put, drop=lambda name: (calls / name).unlink(), has=lambda name: (calls / name).exists())


def _inside(application: Application) -> httpx.Client:
    """A client of an application without a way between them."""

    def answer(environ: dict[str, Any], begin: Callable[..., Any]) -> Any:
        return application(environ | {"PATH_INFO": environ["PATH_INFO"].encode().decode("latin-1")}, begin)  # as WSGI has it

    known = f"AWS4-HMAC-SHA256 Credential={USER}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"Authorization": known}
    return httpx.Client(transport=httpx.WSGITransport(answer), base_url="http://s3.amazonaws.com", headers=headers)


def _over_http(server: Server, client: httpx.Client, way: str) -> None:
    """Files are put, dropped and asked for behind the driver's back, by requests of the store itself."""

    def put(name: str, data: bytes) -> None:
        client.put(way + quote(name), content=data, headers={"x-ms-blob-type": "BlockBlob"}).raise_for_status()

    server.put = put
    server.drop = lambda name: client.delete(way + quote(name)).raise_for_status()
    server.has = lambda name: client.head(way + quote(name)).is_success


DENIED_S3 = b"<Error><Code>InvalidAccessKeyId</Code><Message>no such key as kestrel</Message></Error>"
DENIED_AZURE = b"<?xml version='1.0'?><Error><Code>AuthenticationFailed</Code><Message>kestrel may not</Message></Error>"


@cache
def _moto() -> Application:
    """One for all tests, which empty it: its start takes long."""
    moto = _needs("moto.server", "no server for S3")
    application: Application = moto.DomainDispatcherApplication(moto.create_backend_app)
    return application


@contextmanager
def s3(_folder: Path) -> Iterator[Server]:
    _needs("s3fs", "the extra `recordings-s3`")
    inner = _moto()
    server = Server(address="s3://calls/in")
    with _inside(inner) as client:
        client.post("http://motoapi.amazonaws.com/moto-api/reset").raise_for_status()
        client.put("/calls").raise_for_status()
        _over_http(server, client, "/calls/in/")
        with _served(_watched(server, inner, DENIED_S3, USER)) as port:
            server.environment = {
                "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": USER,
                "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            }
            server.wrong = {"AWS_ACCESS_KEY_ID": "eve", "AWS_SECRET_ACCESS_KEY": "falsch"}
            yield server
        client.post("http://motoapi.amazonaws.com/moto-api/reset").raise_for_status()


@contextmanager
def azure(_folder: Path) -> Iterator[Server]:
    _needs("adlfs", "the extra `recordings-azure`")
    inner = azure_double.Blobs("calls")
    server = Server(address="az://calls/in")
    with _inside(inner) as client:
        _over_http(server, client, f"/{USER}/calls/in/")
        with _served(_watched(server, inner, DENIED_AZURE)) as port:
            where = f"BlobEndpoint=http://127.0.0.1:{port}/{USER}"
            said = f"DefaultEndpointsProtocol=http;AccountName={USER};AccountKey={SECRET};{where}"
            server.environment = {"AZURE_STORAGE_CONNECTION_STRING": said}
            yield server


@contextmanager
def google(_folder: Path) -> Iterator[Server]:
    _needs("gcsfs", "the extra `recordings-google`")
    emulator = _needs("gcp_storage_emulator.server", "no server for Google storage")
    buckets = _needs("gcp_storage_emulator.handlers.buckets", "no server for Google storage")
    server = Server(address="gs://calls/in")

    class Handler(emulator.RequestHandler):  # type: ignore[misc]  # the emulator has no types
        def do_GET(self) -> None:  # noqa: N802 - http.server calls it so
            if server.refused:
                self.send_error(401, "Unauthorized")
                return
            if "alt=media" in self.path or "/download/" in self.path:
                server.read(self.headers.get("Range", ""))
            super().do_GET()

    storage = emulator.Storage(use_memory_fs=True)
    buckets.create_bucket("calls", storage)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, storage)) as doors:
        thread = threading.Thread(target=partial(doors.serve_forever, 0.05), daemon=True)
        thread.start()
        base = f"http://127.0.0.1:{doors.server_port}"
        server.environment = {"STORAGE_EMULATOR_HOST": base}
        with httpx.Client(base_url=base) as client:
            _over_google(server, client)
            yield server
        doors.shutdown()
        thread.join()


def _over_google(server: Server, client: httpx.Client) -> None:
    def put(name: str, data: bytes) -> None:
        said = {"uploadType": "media", "name": f"in/{name}"}
        client.post("/upload/storage/v1/b/calls/o", params=said, content=data).raise_for_status()

    def way(name: str) -> str:
        return f"/storage/v1/b/calls/o/{quote(f'in/{name}', safe='')}"

    server.put = put
    server.drop = lambda name: client.delete(way(name)).raise_for_status()
    server.has = lambda name: client.get(way(name)).is_success


@contextmanager
def running(kind: str, folder: Path) -> Iterator[Server]:
    """A server of a kind of store; for those that serve a folder, this one."""
    with KINDS[kind](folder) as server:
        yield server
        for one in server.opened:
            one.close()


KINDS: Mapping[str, Callable[[Path], Any]] = {"sftp": sftp, "webdav": webdav, "s3": s3, "azure": azure, "google": google}
