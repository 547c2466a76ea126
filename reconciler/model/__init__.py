"""The values every room speaks in. Frozen, typed, and without any effect: nothing here reads, writes or waits."""
