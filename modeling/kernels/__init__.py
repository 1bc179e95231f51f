"""Triton kernels for encoders of BERT's family in bfloat16 on a CUDA device.

An encoder of some hundred numbers a token is bound by memory, not by arithmetic: what one operation
writes the next one reads. So attention never leaves the chip, in either direction, and what lies
between two matrix products is one pass. Float32 inside, bfloat16 outside.
"""

LONGEST = 128  # tokens of a row that attention takes
