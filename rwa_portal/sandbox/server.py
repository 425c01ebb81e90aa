import threading
from types import TracebackType

from werkzeug.serving import WSGIRequestHandler, make_server

from rwa_portal.sandbox.app import create_app
from rwa_portal.sandbox.config import Config
from rwa_portal.sandbox.notices import Sender
from rwa_portal.sandbox.store import Store


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass  # a request's line carries tokens


class Sandbox:
    """The sandbox, listening on loopback while the block lasts."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.store = Store(config.state)
        self.sender = Sender(config, self.store)
        app = create_app(config, self.store, self.sender)
        self.server = make_server("127.0.0.1", config.port, app, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self.server.serve_forever, name="sandbox", daemon=True)

    def __enter__(self) -> "Sandbox":
        self.sender.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.sender.stop()
