"""Fair queueing of the streams that share the encoder threads."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["FairQueue"]

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Serves streams in turn, and the flows of each stream in turn (hierarchical round robin).

    Each flow holds at most one item; a newer item replaces it without gaining or losing a turn. So between two items of
    one stream, every other waiting stream is served, however many flows the first one has.
    """

    def __init__(self) -> None:
        self._streams: OrderedDict[Hashable, OrderedDict[Hashable, T]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(flows) for flows in self._streams.values())

    def __bool__(self) -> bool:
        return bool(self._streams)

    def has(self, stream: Hashable, flow: Hashable) -> bool:
        """Return whether an item of the flow is queued."""
        return flow in self._streams.get(stream, ())

    def put(self, item: T, *, stream: Hashable, flow: Hashable) -> None:
        """Queue `item`, replacing the queued item of its flow."""
        self._streams.setdefault(stream, OrderedDict())[flow] = item

    def remove(self, stream: Hashable, flow: Hashable) -> None:
        """Remove the queued item of a flow, if any."""
        flows = self._streams.get(stream)
        if flows is not None and flows.pop(flow, None) is not None and not flows:
            del self._streams[stream]

    def take(self) -> T | None:
        """Return and remove the next item; `None` when the queue is empty."""
        if not self._streams:
            return None
        stream, flows = self._streams.popitem(last=False)
        _, item = flows.popitem(last=False)
        if flows:
            self._streams[stream] = flows
        return item
