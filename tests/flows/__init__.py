import pytest

pytest.register_assert_rewrite("tests.flows.invariants", "tests.flows.market", "tests.flows.world")
