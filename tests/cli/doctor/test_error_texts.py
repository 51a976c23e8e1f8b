import ssl

import pytest

from marimo_rfb.cli.doctor.address import Address
from marimo_rfb.cli.doctor.error_texts import connection_failed


@pytest.mark.parametrize(
    "error",
    [
        ssl.SSLEOFError(8, "EOF occurred in violation of protocol"),
        ssl.SSLZeroReturnError(6, "TLS/SSL connection has been closed (EOF)"),
        ConnectionResetError(104, "Connection reset by peer"),
    ],
)
def test_a_server_that_hangs_up_on_tls_is_told_alike_however_it_is_noticed(error: OSError) -> None:
    address = Address.parse("wss://127.0.0.1:4242/x")
    result = connection_failed("tls", error, address).result
    assert result.text == "127.0.0.1:4242 closed the connection during the TLS handshake"
    assert result.remedy == "it may not speak TLS: try ws:// instead of wss://"
