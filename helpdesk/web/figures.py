"""What Prometheus is told. Everything is read from the database when it asks, so that any process tells the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from helpdesk import queue
from helpdesk.domain import figures, tallies
from helpdesk.web import tally


class Collector:
    """Made for one scrape, in a request."""

    def collect(self) -> Iterator[Metric]:
        tally.settle()
        yield from _counted()
        yield from _told(figures.now())
        yield GaugeMetricFamily("helpdesk_redis_up", "1 while Redis answers.", 0 if queue.is_away() else 1)


def _counted() -> Iterator[Metric]:
    families: dict[str, CounterMetricFamily] = {}
    for (name, labels), value in sorted(tallies.totals().items()):
        family = families.setdefault(
            name, CounterMetricFamily(f"helpdesk_{name}", f"Counted: {name}.", labels=[label for label, _ in labels])
        )
        family.add_metric([told for _, told in labels], value)
    yield from families.values()


def _told(now: figures.Figures) -> Iterator[Metric]:
    by_channel = ["channel", "state"]
    yield _family("ledger", "Webhooks not yet or not wholly applied.", by_channel, now.ledger)
    yield _family("outbox", "Messages not yet sent, and failed ones.", ["state"], _single(now.outbox))
    yield _family("inboxes", "Connected inboxes.", by_channel, now.inboxes)
    yield _family("heartbeat_age_seconds", "Since a process gave a sign of life.", ["name"], _single(now.heartbeats))
    yield _family("consumer_lag", "Events that a consumer has not handled.", ["consumer"], _single(now.lags))
    yield CounterMetricFamily("helpdesk_events", "Everything that has happened.", now.events)
    for name, meaning, value in (
        ("ledger_oldest_seconds", "How long the oldest webhook waits to be applied.", now.ledger_oldest),
        ("outbox_oldest_seconds", "How long the oldest unsettled message waits.", now.outbox_oldest),
        ("waiting_oldest_seconds", "How long the customer waits who waits longest.", now.waiting_oldest),
        ("tickets_unclosed", "Tickets that are not closed.", now.tickets),
        ("media_pending", "Files still to be fetched.", now.media_pending),
    ):
        yield GaugeMetricFamily(f"helpdesk_{name}", meaning, value)


def _family(name: str, meaning: str, labels: list[str], values: Mapping[tuple[str, ...], float]) -> Metric:
    family = GaugeMetricFamily(f"helpdesk_{name}", meaning, labels=labels)
    for told, value in values.items():
        family.add_metric(told, value)
    return family


def _single(values: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    return {(name,): value for name, value in values.items()}
