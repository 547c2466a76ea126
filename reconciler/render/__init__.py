"""Renders values into manifests and commit messages.

Every byte is a function of the values given; no clock, no run id, no stage name gets into a manifest by accident.
"""
