"""What the model learns from: counts of a log by cell, and the log as decisions, each as of one moment."""
