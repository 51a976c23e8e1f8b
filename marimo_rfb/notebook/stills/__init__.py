"""Thumbnails: what stands for the live picture in exports, saved notebooks and before the socket is up."""
