import signal
import sys
import threading

from rwa_portal.sandbox.config import from_environment
from rwa_portal.sandbox.server import Sandbox


def main() -> int:
    try:
        config = from_environment()
    except KeyError as missing:
        print(f"sandbox: {missing.args[0]} is not set", file=sys.stderr)
        return 1
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        sandbox = Sandbox(config)
    except OSError as error:
        print(f"sandbox: cannot listen on {config.url}: {error.strerror}", file=sys.stderr)
        return 1
    with sandbox:
        print(f"sandbox: the vendors answer on {config.url}", flush=True)
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
