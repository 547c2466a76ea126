"""Reads people's files into values that cannot be wrong, or says every mistake with its line.

Never touches a disk, git or the network: files come in as text, values go out.
"""
