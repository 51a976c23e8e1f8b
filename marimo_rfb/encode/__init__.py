"""From pixels to bytes: one encoder a file, found by codec in `registry`."""
