"""Scripts for those who work on pgtui."""
