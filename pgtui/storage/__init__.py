"""What pgtui writes for itself: journal and audit log."""
