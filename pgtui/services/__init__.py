"""The use cases: async, without Textual and without a concrete host."""
