"""The tests; their folders mirror pgtui/."""
