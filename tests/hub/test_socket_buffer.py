import socket
import sys

import pytest

from marimo_rfb.hub.socket_buffer import UNIX_BYTES, UNSENT_BYTES, bound_send_buffer


@pytest.mark.skipif(not hasattr(socket, "TCP_NOTSENT_LOWAT"), reason="the platform has no such bound")
def test_tcp_takes_little_that_it_cannot_send() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as peer:
        accepted, _ = server.accept()
        with accepted:
            bound_send_buffer(accepted)
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == UNSENT_BYTES
            assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) != UNSENT_BYTES


@pytest.mark.skipif(sys.platform == "win32", reason="there are no unix sockets")
def test_a_unix_socket_holds_little_that_is_not_read() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.setblocking(False)
        bound_send_buffer(one)
        assert one.send(bytes(1 << 20)) <= 2 * UNIX_BYTES


def test_a_socket_that_is_gone_is_no_error() -> None:
    one, other = socket.socketpair()
    one.close()
    other.close()
    bound_send_buffer(one)
    bound_send_buffer(None)
