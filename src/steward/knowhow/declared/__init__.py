"""Readers of what a repository declares: one format a file, text in, declarations out.

A module that exports a `PLUGIN` of `reader.Reader` is a reader; the others hold what several of them share.
"""
