"""Encoders from pixels to bytes: one per file, looked up by codec in `registry`."""
