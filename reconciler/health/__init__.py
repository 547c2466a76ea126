"""Judges observations by a policy: PASS, FAIL, INCONCLUSIVE or NO_DATA for every check.

Never asks a metric source and never decides what follows from a verdict.
"""
