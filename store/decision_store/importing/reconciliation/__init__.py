"""Reconciliation of an import with the log: what is known, what a payment belongs to, what words mean."""
