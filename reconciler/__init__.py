"""Moves a coding agent from one CLI to another by GitOps: decide, convert, render, commit, revert."""
