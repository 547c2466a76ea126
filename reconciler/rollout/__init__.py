"""Decides the next small step of a migration: stages, gates, what people did, the decision.

Never measures, renders or commits; it is given what was seen and says what should happen.
"""
