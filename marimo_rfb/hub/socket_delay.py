"""Options of sockets, so that messages are sent at once and none waits where a newer one could take its place."""

import contextlib
import socket

__all__ = ["minimize_delay"]

# Unsent bytes of a TCP socket; what is sent and not yet acknowledged by the peer's kernel comes on top, or a long path
# could not be filled.
UNSENT_BYTES = 16 << 10
# All unread bytes of a Unix socket. Large enough that a large picture does not take too many wake-ups of both sides.
UNIX_BYTES = 32 << 10


def minimize_delay(sock: socket.socket | None) -> None:
    """Send at once, and bound the bytes that the kernel takes from us before it sends them.

    A TCP socket sends the end of a message without waiting for the ack of what is before it (`TCP_NODELAY`, which
    asyncio sets only if the listening socket was made with a protocol number). It is writable only while less than
    `UNSENT_BYTES` are unsent (`TCP_NOTSENT_LOWAT`; Linux and macOS).

    Args:
        sock: a connected socket of any family, or the view of one that asyncio hands out; `None` for none.
    """
    if sock is None:
        return
    with contextlib.suppress(OSError):  # the peer may be gone already
        if sock.family == getattr(socket, "AF_UNIX", None):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNIX_BYTES)
            return
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
