import hashlib
import hmac
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from rwa_portal.sandbox.config import Config
from rwa_portal.sandbox.server import Sandbox

TOKEN, SECRET, WEBHOOK_SECRET = "sbx:test", "sumsub-demo-secret", "sumsub-webhook-secret"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Receiver:
    """Takes notices as the portal would, and answers what the test says."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict, bytes]] = []
        self.status = 200
        taken, receiver = self.taken, self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def wait(self, count: int, seconds: float = 5) -> list[dict]:
        deadline = time.monotonic() + seconds
        while len(self.taken) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.taken) >= count, f"{len(self.taken)} notices instead of {count}"
        return [json.loads(body) for _, body in self.taken]


class Caller:
    """Signs as Sumsub's documentation says; written here so that it shares no code with either side."""

    def __init__(self, url: str) -> None:
        self.url = url

    def send(self, method: str, target: str, body: bytes = b"", *, ts: int | None = None, **headers: str):
        ts = int(time.time()) if ts is None else ts
        signed = f"{ts}{method}{target}".encode() + body
        return httpx.request(
            method,
            self.url + target,
            content=body,
            headers={
                "X-App-Token": TOKEN,
                "X-App-Access-Ts": str(ts),
                "X-App-Access-Sig": hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest(),
                "Content-Type": "application/json",
                **headers,
            },
        )

    def post(self, target: str, said: object = None, **headers: str):
        return self.send("POST", target, b"" if said is None else json.dumps(said).encode(), **headers)

    def get(self, target: str, **headers: str):
        return self.send("GET", target, **headers)


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()


@pytest.fixture
def config(tmp_path, receiver):
    return Config(
        url=f"http://127.0.0.1:{free_port()}",
        state=tmp_path / "sandbox.sqlite",
        app_token=TOKEN,
        secret_key=SECRET,
        webhook_secret=WEBHOOK_SECRET,
        webhook_url=receiver.url,
        retry_factor=0.001,
    )


@pytest.fixture
def sandbox(config):
    with Sandbox(config) as sandbox:
        yield sandbox


@pytest.fixture
def sumsub(sandbox):
    return Caller(sandbox.config.url)


@pytest.fixture
def applicant(sumsub):
    answer = sumsub.post("/resources/applicants?levelName=basic-kyc", {"externalUserId": "inv-1"})
    return answer.json()["id"]
