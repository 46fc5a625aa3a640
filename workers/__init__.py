"""Work outside a request: RQ jobs that drain the database, and the clock that sees to it that nothing is left."""
