"""Bayesian logistic and ridge regression with one shrinkage strength per block of columns."""
