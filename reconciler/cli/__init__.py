"""The command line: thin commands, exit codes, text or JSON. No rule lives here."""
