"""Near-duplicate videos: find them, let people decide, judge their pairs as one."""
