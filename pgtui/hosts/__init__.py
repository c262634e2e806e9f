"""Where a cluster lives and what can be done there."""
