"""Compares what both sides did over a stage, the way a statistics book does, for people to read.

Never decides: its p values hold for one look at a fixed moment, and a reconciler looks all the time.
"""
