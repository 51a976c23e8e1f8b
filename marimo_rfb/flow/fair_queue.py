"""Which of many waiting things comes next."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["FairQueue"]

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Serves streams in turn, and the flows of each stream in turn (hierarchical round robin).

    Of each flow one item waits at most: a newer one takes its place, and neither loses nor gains a turn by that. So
    between two items of one stream every other stream that waits is served, however many flows the first one has.
    """

    def __init__(self) -> None:
        self._streams: OrderedDict[Hashable, OrderedDict[Hashable, T]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(flows) for flows in self._streams.values())

    def __bool__(self) -> bool:
        return bool(self._streams)

    def has(self, stream: Hashable, flow: Hashable) -> bool:
        """Tell whether an item of that flow waits."""
        return flow in self._streams.get(stream, ())

    def put(self, item: T, *, stream: Hashable, flow: Hashable) -> None:
        """Have `item` wait for its turn, in place of what waits of its flow."""
        self._streams.setdefault(stream, OrderedDict())[flow] = item

    def remove(self, stream: Hashable, flow: Hashable) -> None:
        """Forget what waits of a flow, if anything does."""
        flows = self._streams.get(stream)
        if flows is not None and flows.pop(flow, None) is not None and not flows:
            del self._streams[stream]

    def take(self) -> T | None:
        """Return and remove the item whose turn it is; `None` when nothing waits."""
        if not self._streams:
            return None
        stream, flows = self._streams.popitem(last=False)
        _, item = flows.popitem(last=False)
        if flows:
            self._streams[stream] = flows
        return item
