"""From pixels to bytes: one encoder a file, found by transport in `registry`."""
