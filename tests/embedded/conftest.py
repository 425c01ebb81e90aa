import contextlib

import pytest


@pytest.fixture
def serving():
    """Start programs and stop them at the end of the test."""
    with contextlib.ExitStack() as running:

        def start(program):
            process = program.start()
            running.callback(program.stop, process)
            program.wait_until_ready(process)
            return process

        yield start


@pytest.fixture
def place(tmp_path):
    """A folder whose name holds a space."""
    made = tmp_path / "the portal"
    made.mkdir(mode=0o700)
    return made
