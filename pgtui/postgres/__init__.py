"""Talking to a server, and to its tools."""
