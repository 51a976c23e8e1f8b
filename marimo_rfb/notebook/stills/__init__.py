"""Thumbnails: they replace the live picture in exports, in saved notebooks and until the socket is connected."""
