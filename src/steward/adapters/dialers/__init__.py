"""Dialers: is anybody answering there?"""
