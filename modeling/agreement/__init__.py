"""How well annotators agree, and what they agree on. Needs numpy only, but SciPy for MACE and for
intervals of consensus.
"""
