"""The science of Likewise: pair similarity, evaluation, acquisition and agreement.

Imports neither Django nor the web application; usable from a notebook or the shell.
"""
