"""Takes the place of a package that `jsonschema` can do without.

It builds forty grammars when it is imported, which takes two thirds of the time to start whatever reads a notebook of
Jupyter, and checks addresses that no test has.
"""

raise ImportError("rfc3987_syntax takes too long to import")
