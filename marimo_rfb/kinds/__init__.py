"""What has pixels, by kind: images, plots, tensors. Each becomes a NumPy array.

A kind is told by what an object has, never by its class, so that no optional package is imported for it.
"""
