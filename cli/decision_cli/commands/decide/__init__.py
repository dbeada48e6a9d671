"""Commands of the section Decide: what to do, and scores."""
