"""The edge: ``git.py``, ``prometheus.py`` and ``ledger.py`` are its doors, the files beside them serve one of them.

Never decides anything: an adapter says what it found or did, in the model's values.
"""
