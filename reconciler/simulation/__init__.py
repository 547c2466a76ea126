"""Leads a whole migration through virtual time, by the same functions as a pass: judge, decide, evolve.

Never asks a metric source and never writes; its tasks are drawn from a scenario and a seed.
"""
