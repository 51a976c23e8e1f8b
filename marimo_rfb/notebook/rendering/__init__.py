"""Functions that render: called on a clock or by an executor, snapshotted, and their errors described."""
