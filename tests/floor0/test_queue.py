"""The doorbell, on a real server: rings are folded, carry no pickle, and never hold up or break who rings."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
import structlog
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from helpdesk import queue
from tests.support.valkey import Valkey


@pytest.fixture
def server(valkey: Valkey) -> Iterator[Redis]:
    queue.connect_to(lambda: valkey.url)
    yield valkey.client()
    queue.connect_to(lambda: "")


def waiting(server: Redis, name: str) -> list[str]:
    return [job.func_name for job in Queue(name, connection=server, serializer=JSONSerializer).jobs]


@pytest.mark.parametrize("name", queue.BELLS)
def test_each_bell_rings_its_own_queue(server, name):
    bell = queue.BELLS[name]

    assert queue.ring(name)

    assert waiting(server, bell.queue) == [bell.job]
    assert [waiting(server, other) for other in queue.QUEUES if other != bell.queue] == [[], []]


def test_rings_are_folded_until_a_drain_answers(server):
    for _ in range(5):
        assert queue.ring("media")
    assert queue.ring("profiles")
    assert waiting(server, "bulk") == ["workers.media.drain", "workers.profiles.drain"]

    queue.answered("media")
    queue.ring("media")
    queue.ring("profiles")

    assert waiting(server, "bulk") == ["workers.media.drain", "workers.profiles.drain", "workers.media.drain"]


def test_a_lost_ring_does_not_silence_the_next_ones_for_long(server):
    queue.ring("intake")

    assert 0 < server.pttl("ring:intake") <= queue.FOLD * 1000


def test_a_job_is_json_has_its_own_name_and_leaves_nothing_behind(server, monkeypatch):
    monkeypatch.setitem(queue.BELLS, "test", queue.Bell("bulk", "time.monotonic"))
    queue.ring("test")
    queue.answered("test")
    queue.ring("test")
    first, second = Queue("bulk", connection=server, serializer=JSONSerializer).jobs
    assert first.id != second.id
    assert json.loads(first.data)[0] == "time.monotonic"

    SimpleWorker(["bulk"], connection=queue.blocking_connection(), serializer=JSONSerializer).work(burst=True)

    assert not server.exists(first.key, second.key)
    assert waiting(server, "bulk") == []


def test_a_reaction_rings_whatever_the_event_is(server):
    react = queue.bell("delivery")

    react(object(), "anything")

    assert waiting(server, "delivery") == ["workers.delivery.drain"]


def test_an_unknown_bell_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        queue.ring("dinner")
    with pytest.raises(KeyError):
        queue.bell("dinner")


def test_without_a_server_nothing_raises_and_nobody_waits():
    queue.connect_to(lambda: "unix:///nowhere/valkey.sock")
    began = time.monotonic()

    with structlog.testing.capture_logs() as logs:
        for _ in range(1000):
            assert not queue.ring("intake")
            queue.answered("intake")
        assert queue.is_away()

    assert time.monotonic() - began < 1
    assert [entry["event"] for entry in logs] == ["redis_away"]


@pytest.mark.parametrize("url", ["", "not a url"])
def test_a_server_that_is_not_known_yet_is_away(url):
    queue.connect_to(lambda: url)

    assert not queue.ring("intake")
    assert queue.is_away()
    with pytest.raises(ValueError, match="Redis URL"):
        queue.connection()


def test_a_hanging_server_is_not_waited_for(server):
    server.execute_command("CLIENT", "PAUSE", "3000", "ALL")
    began = time.monotonic()

    assert not queue.ring("intake")
    assert not queue.ring("intake")

    assert time.monotonic() - began < 1.5
    server.close()


def test_a_server_that_comes_back_is_used_again_and_the_outage_told_once(valkey, monkeypatch):
    monkeypatch.setattr(queue, "BREAK", 0.05)
    queue.connect_to(lambda: valkey.url)
    with structlog.testing.capture_logs() as logs:
        assert queue.ring("intake")
        valkey.stop()
        assert not queue.ring("intake")
        assert queue.is_away()
        valkey.start()
        deadline = time.monotonic() + 5
        while not queue.ring("intake") and time.monotonic() < deadline:
            time.sleep(0.01)

    assert not queue.is_away()
    assert [entry["event"] for entry in logs] == ["redis_away", "redis_back"]


def test_a_full_server_counts_as_away(server):
    server.config_set("maxmemory", "1")
    try:
        assert not queue.ring("intake")
    finally:
        server.config_set("maxmemory", "0")


def test_a_worker_may_wait_for_long_on_its_own_connection(server):
    assert queue.blocking_connection().connection_pool.connection_kwargs["socket_timeout"] is None
    assert queue.connection().connection_pool.connection_kwargs["socket_timeout"] == queue.TIMEOUT
