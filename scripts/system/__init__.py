"""What `scripts/demo` runs: servers, processes, sign-ins, and its check of itself."""
