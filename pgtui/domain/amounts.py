"""Amounts as they stand in sentences: sizes, durations, counts."""

_UNITS = ("kB", "MB", "GB", "TB")
_LENGTHS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def size_in_words(size: float) -> str:
    """Return `512 bytes`, `7.6 MB`, `48 MB`: units of 1024 under the names that PostgreSQL uses."""
    amount = max(0.0, float(size))
    if amount < 1024:
        return count_in_words(round(amount), "byte")
    amount /= 1024
    unit = 0
    # What would be rounded up to 1024 belongs to the next unit.
    while amount >= 1023.5 and unit < len(_UNITS) - 1:
        amount /= 1024
        unit += 1
    whole = amount >= 9.95 or abs(amount - round(amount)) < 0.05
    return f"{amount:.0f} {_UNITS[unit]}" if whole else f"{amount:.1f} {_UNITS[unit]}"


def duration_in_words(seconds: float) -> str:
    """Return `45 s`, `2 min 5 s`, `3 h`: the two largest units."""
    rest = max(0, round(seconds))
    if rest < 120:
        return f"{rest} s"
    parts: list[str] = []
    for unit, length in _LENGTHS:
        amount, rest = divmod(rest, length)
        if amount or parts:
            parts.append(f"{amount} {unit}" if amount else "")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if part)


def count_in_words(count: int, noun: str) -> str:
    """Return `1 segment`, `1,200 segments`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
