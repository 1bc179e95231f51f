"""What `scripts/test` and `scripts/lint` run, and the one summary at the end."""
