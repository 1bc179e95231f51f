"""Which pairs to ask people about next: one module a strategy, one common `query`."""
