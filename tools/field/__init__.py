"""What `nox -s field` calls: the suites on models of partner packages, and the report."""
