"""Everything that is built on Textual."""
