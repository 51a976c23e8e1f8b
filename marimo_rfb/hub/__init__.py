"""The server: sockets, viewers and streams, on a thread of its own."""
