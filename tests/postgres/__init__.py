"""Tests of talking to servers."""
