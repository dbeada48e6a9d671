"""Readers of files: CSV, JSON, Parquet and SQLite, recognised by their content, in any encoding."""
