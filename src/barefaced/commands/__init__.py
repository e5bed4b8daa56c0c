"""One command a file: a function whose signature and docstring are the options and their help.

Heavy imports stay in the functions' bodies, so that help is quick. Commands never import each other.
"""
