"""One pass: read the repository, see what people did, judge, decide, render, commit and push.

The only room that joins the pure rooms with the adapters; it holds no rule of its own about stages or health.
"""
