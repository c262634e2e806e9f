"""The whole way of a user, on a real demo cluster."""
