"""The server of streams and their viewers, on a thread of its own."""
