"""Commands of the section Model: train, evaluate, choose."""
