"""Streams: the object that users hold, and the path of its frames from pixels to packets."""
