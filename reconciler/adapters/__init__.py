"""The edge: git, Prometheus and the ledger, one file for each. Only here bytes leave or enter the process.

Never decides anything: an adapter says what it found or did, in the model's values.
"""
