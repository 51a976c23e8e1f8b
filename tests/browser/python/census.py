"""What a process holds on to: threads, open files, memory, objects. For Linux."""

import ctypes
import gc
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from facts import Facts

__all__ = ["answer"]

# Of /proc/net/tcp.
_LISTENING = "0A"
# What numbers in names are of no use when two counts are compared.
_NUMBER = re.compile(r"[~_-]?\d+")

_answering = False


def answer() -> int:
    """Count what this process holds whenever a test asks for it, from now on; return the process' id.

    A test wishes `{"count": n}` of `process-<id>` and reads the facts under `census`.
    """
    global _answering
    if not _answering:
        _answering = True
        threading.Thread(target=_answer, name="census", daemon=True).start()
    return os.getpid()


def _answer() -> None:
    facts = Facts(f"process-{os.getpid()}")
    answered = None
    while True:
        asked = facts.wishes.get("count")
        if asked != answered:
            answered = asked
            facts.note("census", {"count": asked, **_count()})
        time.sleep(0.02)


def _count() -> dict[str, Any]:
    for _ in range(3):  # what a finalizer lets go of goes with the next one
        gc.collect()
    # What was freed counts for nothing, even if the allocator keeps it for the next who asks.
    ctypes.CDLL(None).malloc_trim(0)
    objects = Counter(f"{type(each).__module__}.{type(each).__qualname__}" for each in gc.get_objects())
    return {
        "threads": sorted(_NUMBER.sub("", thread.name) for thread in threading.enumerate()),
        "files": sorted(_files()),
        "resident_kib": _resident_kib(),
        "objects": dict(objects),
    }


def _files() -> Iterator[str]:
    sockets = dict(_sockets())
    for link in Path("/proc/self/fd").iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:  # the one that lists the folder
            continue
        yield sockets.get(target) or _NUMBER.sub("", target)


def _sockets() -> Iterator[tuple[str, str]]:
    for kind in ("tcp", "tcp6"):
        for line in Path("/proc/self/net", kind).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            local, state, inode = fields[1], fields[3], fields[9]
            port = int(local.partition(":")[2], 16)
            yield f"socket:[{inode}]", f"socket on port {port}, {'listening' if state == _LISTENING else 'connected'}"


def _resident_kib() -> int:
    rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    return int(re.search(r"^Rss:\s+(\d+)", rollup, re.MULTILINE)[1])
