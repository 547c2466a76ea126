"""Memory texts: where their imports are, and how several become one file and several again. Pure."""
