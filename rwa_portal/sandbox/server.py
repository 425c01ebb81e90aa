import threading
from types import TracebackType

from werkzeug.serving import WSGIRequestHandler, make_server

from rwa_portal.sandbox.app import create_app
from rwa_portal.sandbox.config import Config
from rwa_portal.sandbox.custody.office import Office
from rwa_portal.sandbox.notices import Sender
from rwa_portal.sandbox.store import Store
from rwa_portal.sandbox.sumsub import signing as sumsub


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass  # a request's line carries tokens


class Sandbox:
    """The sandbox, listening on loopback while the block lasts."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.store = Store(config.state)
        self.office = Office(config.custody, self.store) if config.custody else None
        channels = {"sumsub": sumsub.channel(config), **(self.office.channels() if self.office else {})}
        self.sender = Sender(self.store, channels, retry_factor=config.retry_factor)
        app = create_app(config, self.store, self.sender, self.office)
        self.server = make_server("127.0.0.1", config.port, app, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self.server.serve_forever, name="sandbox", daemon=True)

    def __enter__(self) -> "Sandbox":
        self.sender.start()
        if self.office:
            self.office.engine.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        if self.office:
            self.office.engine.stop()
        self.sender.stop()
