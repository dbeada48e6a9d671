"""Work of an operator on a log: backup, restore, compact, free queries, forgetting."""
