"""The DuckDB file: connection, fold, migrations and queries."""
