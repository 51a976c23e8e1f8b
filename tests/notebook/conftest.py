"""A notebook for the tests in this folder."""

from notebook_fixtures import cell, notebook, nothing_left, session

__all__ = ["cell", "notebook", "nothing_left", "session"]
