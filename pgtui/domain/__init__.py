"""What PostgreSQL means: pure values and rules, without I/O, asyncio or a clock."""
