"""Secrets in text that others wrote, masked before it is shown or kept."""

import re

MASK = "***"
_VALUE = r"""(?:'[^']*'|"[^"]*"|[^\s'"]+)"""
_NAMED = r"[\w-]*(?:password|passwd|passphrase|secret|token|access_key|accesskey|api_?key)[\w-]*"
_RULES = (
    # PGPASSWORD=x, password = 'x', --password=x, AWS_SECRET_ACCESS_KEY=x, "token": "x"
    re.compile(rf"""(?i)(?<![\w]){_NAMED}["']?\s*[=:]\s*({_VALUE})"""),
    # --password x, --secret-key x
    re.compile(rf"(?i)(?<!\S)--?{_NAMED}\s+({_VALUE})"),
    re.compile(rf"(?i)\bsshpass\s+-p\s*({_VALUE})"),
    # curl -u name:x, --user name:x
    re.compile(r"(?i)(?<!\S)(?:-u\s*|--user[\s=]+)['\"]?[^\s:'\"/]+:([^\s'\"]+)"),
    # scheme://name:x@host
    re.compile(r"(?i)\b[a-z][a-z0-9+.-]*://[^\s:/@]*:([^\s/@]+)@"),
    re.compile(r"(?i)\bauthorization:\s*(?:bearer|basic)\s+([^\s'\"]+)"),
)


def masked(text: str) -> str:
    """Return the text with what looks like a secret's value replaced by `***`; rather one too many."""
    for rule in _RULES:
        text = rule.sub(_with_mask, text)
    return text


def _with_mask(match: "re.Match[str]") -> str:
    whole, start = match.group(0), match.start(0)
    return whole[: match.start(1) - start] + MASK + whole[match.end(1) - start :]
