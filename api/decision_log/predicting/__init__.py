"""Predicting: one estimate from rates and model, its explanation, and the ledger of predictions."""
