import socket
import sys

import pytest

from marimo_rfb.hub.socket_delay import UNIX_BYTES, UNSENT_BYTES, minimize_delay


@pytest.mark.skipif(not hasattr(socket, "TCP_NOTSENT_LOWAT"), reason="the platform has no such bound")
def test_tcp_takes_little_that_it_cannot_send() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as peer:
        accepted, _ = server.accept()
        with accepted:
            minimize_delay(accepted)
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == UNSENT_BYTES
            assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) != UNSENT_BYTES


def test_tcp_sends_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        accepted, _ = server.accept()
        with accepted:
            assert not accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            minimize_delay(accepted)
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no unix sockets")
def test_a_unix_socket_holds_little_that_is_not_read() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.setblocking(False)
        minimize_delay(one)
        assert one.send(bytes(1 << 20)) <= 2 * UNIX_BYTES


def test_a_socket_that_is_gone_is_no_error() -> None:
    one, other = socket.socketpair()
    one.close()
    other.close()
    minimize_delay(one)
    minimize_delay(None)
