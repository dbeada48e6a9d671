"""Commands of the section Record: decisions, outcomes, amendments, import."""
