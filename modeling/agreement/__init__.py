"""How well annotators agree, and what they agree on. Needs numpy only."""
