"""Use cases, against real servers."""
