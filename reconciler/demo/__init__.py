"""The story of a migration on real parts: real git, a real Envoy, real traffic and the real loop.

Never chooses a side, never reads a weight from memory: what it shows was pushed and measured.
"""
