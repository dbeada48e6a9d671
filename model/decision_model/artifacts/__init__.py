"""Model artifacts on disk and the registry of versions."""
