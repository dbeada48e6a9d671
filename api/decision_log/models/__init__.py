"""Models: train, backtest, compare, version and grade."""
