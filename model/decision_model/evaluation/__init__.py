"""Backtest, metrics, calibration, drift and baselines."""
