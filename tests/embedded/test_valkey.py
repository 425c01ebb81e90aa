import stat

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from rwa_portal.embedded.valkey import EmbeddedValkey


def test_it_keeps_what_it_was_told_over_a_restart(place, serving):
    valkey = EmbeddedValkey(place, place)
    program = valkey.prepare()
    process = serving(program)
    redis.Redis.from_url(f"{valkey.url}/0").lpush("queue", "message")
    program.stop(process)

    again = EmbeddedValkey(place, place)
    serving(again.prepare())

    assert redis.Redis.from_url(f"{again.url}/0").lrange("queue", 0, -1) == [b"message"]


def test_it_wants_its_password(place, serving):
    valkey = EmbeddedValkey(place, place, durable=False)
    serving(valkey.prepare())

    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=valkey.port, retry=Retry(NoBackoff(), 0)).ping()
    assert stat.S_IMODE((place / "valkey" / "valkey.conf").stat().st_mode) == 0o600


def test_it_never_evicts_a_message(place, serving):
    valkey = EmbeddedValkey(place, place, durable=False)
    serving(valkey.prepare())

    assert redis.Redis.from_url(valkey.url).config_get("maxmemory-policy") == {
        "maxmemory-policy": "noeviction"
    }
