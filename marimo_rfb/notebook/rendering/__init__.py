"""Render functions: called by a clock or an executor, their snapshots, and their error texts."""
