"""An HTTP server whose answers a test makes up: logins, circles, proxies with nobody behind them."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Reply", "answering"]

Reply = tuple[int, dict[str, str], bytes]


@contextlib.contextmanager
def answering(answer: Callable[[str, dict[str, str]], Reply]) -> Iterator[int]:
    """Yield the port of a server that answers a GET by `answer(target, headers)`; header names are lower-case."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, fields, body = answer(self.path, headers)
            self.send_response(status)
            for name, value in {**fields, "Content-Length": str(len(body)), "Connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
