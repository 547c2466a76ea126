"""Permission rules as Gemini CLI's policies, in both directions. Pure."""
