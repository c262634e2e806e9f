"""Where an archive_command puts WAL (manual: "Setting Up WAL Archiving"): recognised, never run."""

import os.path
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

_FILE, _PATH, _PERCENT, _UNKNOWN = "\x01", "\x02", "\x03", "\x00"
"""Stand for %f, %p, %% and for what only a shell can know, while a command is taken apart."""

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_OPERATORS = ("&&", "||", ";;", ">>", "<<", ">&", "<&", ">|", ";", "&", "|", "(", ")", "<", ">", "\n")
_SEPARATORS = frozenset(("&&", "||", ";", ";;", "&", "|", "(", ")", "\n"))
_KEYWORDS = frozenset(("if", "then", "elif", "else", "fi", "!", "{", "}", "do", "done", "while", "until"))
_LOOK_ONLY = frozenset(
    ("test", "[", "[[", "echo", "printf", "cmp", "diff", "sync", "fsync", "logger", "chmod", "chown", "rm")
    + ("mkdir", "exit", "stat", "ls", "touch", "true", "false", "cd", "set", "export", ":")
)
_SUCCEEDS_ALWAYS = frozenset(("true", ":", "exit", "echo", "printf", "REM"))
_ELSEWHERE = frozenset(
    ("pgbackrest", "wal-g", "wal-e", "barman-wal-archive", "barman-cloud-wal-archive", "pg_probackup", "ssh")
    + (
        "aws",
        "gsutil",
        "gcloud",
        "az",
        "azcopy",
        "s3cmd",
        "rclone",
        "scp",
        "sftp",
        "curl",
        "envdir",
        "restic",
    )
)
_TARGET_OPTIONS = ("-t", "--target-directory")


def archive_directory(command: str) -> str | None:
    """Return the directory that an archive_command copies WAL into; None when it cannot be recognised.

    It may be relative: then it is meant from the data directory, where the server runs the command.
    """
    if any(mark in command for mark in (_FILE, _PATH, _PERCENT, _UNKNOWN)):
        return None
    marked = command.replace("%%", _PERCENT).replace("%f", _FILE).replace("%p", _PATH).replace(_PERCENT, "%")
    variables: dict[str, str | None] = {}
    found: list[str] = []
    for words, redirected in _simple_commands(marked, variables):
        program = os.path.basename(words[0]) if words else ""
        if program in _ELSEWHERE:
            return None
        target = _directory(redirected) if redirected else _destination(program, words[1:])
        if target is None:
            continue
        if program == "mv":
            sources = {_directory(word) for word in words[1:-1]}
            found = [directory for directory in found if directory not in sources]
        found.append(target)
    return found[0] if found else None


@lru_cache(maxsize=256)
def keeps_nothing(command: str) -> bool:
    """Whether an archive_command says that it succeeded without keeping anything: `/bin/true`, `exit 0`."""
    if any(mark in command for mark in (_FILE, _PATH, _PERCENT, _UNKNOWN)):
        return False
    marked = command.replace("%f", _FILE).replace("%p", _PATH)
    kept_by: list[bool] = []
    for words, redirected in _simple_commands(marked, {}):
        if not words:
            continue
        program = os.path.basename(words[0])
        fails = program == "false" or (program == "exit" and words[1:2] not in ([], ["0"]))
        into_nothing = program in ("cp", "cat", "dd") and _goes_nowhere(words, marked)
        harmless = program in _SUCCEEDS_ALWAYS and not redirected
        kept_by.append(fails or not (harmless or into_nothing))
    return bool(kept_by) and not any(kept_by)


def _goes_nowhere(words: Sequence[str], command: str) -> bool:
    if words[0].endswith("cat"):
        return re.search(r">\s*/dev/null\s*\Z", command) is not None
    return words[-1] == "/dev/null" or "of=/dev/null" in words


def _destination(program: str, arguments: Sequence[str]) -> str | None:
    """The directory that one program writes the segment into."""
    if program in _LOOK_ONLY or not arguments:
        return None
    for option, value in zip(arguments, [*arguments[1:], ""], strict=True):
        name, _, inline = option.partition("=")
        if name in _TARGET_OPTIONS and program in ("cp", "mv", "install"):
            return _whole(inline or value)
        if program == "dd" and name == "of":
            return _directory(inline)
    last = arguments[-1]
    if _FILE not in last and program in ("cp", "mv", "rsync", "install") and _PATH not in last:
        return _whole(last)
    named = [word for word in arguments if _directory(word)]
    return _directory(named[-1]) if named else None


def _directory(word: str) -> str | None:
    """The directory part of a path that ends in the segment's name."""
    directory, slash, name = word.rpartition("/")
    if not slash or _FILE not in name or _FILE in directory or _PATH in directory:
        return None
    return _whole(directory or "/")


def _whole(path: str) -> str | None:
    """A path on this very host, without slashes at its end."""
    remote = ":" in path.partition("/")[0]
    if not path or remote or path.startswith("-") or _UNKNOWN in path or _PATH in path or _FILE in path:
        return None
    return path.rstrip("/") or "/"


def _simple_commands(text: str, variables: dict[str, str | None]) -> Iterator[tuple[list[str], str]]:
    """Take a shell command apart: the words of each simple command, and where its output goes."""
    words: list[str] = []
    redirected = ""
    pending = ""
    # One after the other: an assignment counts for the words behind it.
    for token, is_operator in chain(_tokens(text, variables), ((";", True),)):
        if is_operator and token in _SEPARATORS:
            yield words, redirected
            words, redirected, pending = [], "", ""
        elif is_operator:
            pending = token
        elif pending:
            redirected = token if pending.startswith(">") and _FILE in token else redirected
            pending = ""
        elif words or token not in _KEYWORDS:
            assignment = None if words else _ASSIGNMENT.fullmatch(token)
            if assignment:
                variables[assignment[1]] = assignment[2]
            else:
                words.append(token)


def _tokens(text: str, variables: Mapping[str, str | None]) -> Iterator[tuple[str, bool]]:
    """Words with quotes taken off and variables put in, and operators (True). _UNKNOWN marks the rest."""
    word: list[str] | None = None
    at = 0
    while at < len(text):
        character = text[at]
        operator = next((each for each in _OPERATORS if text.startswith(each, at)), "")
        if operator or character in " \t":
            # Digits right before a redirection are the number of a stream.
            is_stream = operator[:1] in ("<", ">") and word is not None and "".join(word).isdigit()
            if word is not None and not is_stream:
                yield "".join(word), False
            word = None
            if operator:
                yield operator, True
            at += len(operator) or 1
            continue
        part, at = _part(text, at, variables)
        word = [*(word or []), part]
    if word is not None:
        yield "".join(word), False


def _part(text: str, at: int, variables: Mapping[str, str | None]) -> tuple[str, int]:
    """One quoted or plain piece of a word, and where the next one begins."""
    character = text[at]
    if character == "'":
        end = text.find("'", at + 1)
        end = len(text) if end < 0 else end
        return text[at + 1 : end], end + 1
    if character == "\\":
        return text[at + 1 : at + 2].replace("\n", ""), at + 2
    if character == "$":
        return _expanded(text, at, variables)
    if character == "`":
        end = text.find("`", at + 1)
        return _UNKNOWN, len(text) if end < 0 else end + 1
    if character == '"':
        return _double_quoted(text, at + 1, variables)
    return character, at + 1


def _double_quoted(text: str, at: int, variables: Mapping[str, str | None]) -> tuple[str, int]:
    parts: list[str] = []
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and text[at + 1 : at + 2] in ("$", "`", '"', "\\", "\n"):
            parts.append(text[at + 1].replace("\n", ""))
            at += 2
        elif text[at] in "$`":
            part, at = _part(text, at, variables)
            parts.append(part)
        else:
            parts.append(text[at])
            at += 1
    return "".join(parts), at + 1


def _expanded(text: str, at: int, variables: Mapping[str, str | None]) -> tuple[str, int]:
    match = _VARIABLE.match(text, at)
    if match:
        value = variables.get(match[1] or match[2])
        return (_UNKNOWN if value is None else value), match.end()
    if text.startswith("$(", at):
        return _UNKNOWN, _closing(text, at + 1) + 1
    return ("$", at + 1) if text[at + 1 : at + 2] in ("", " ", '"') else (_UNKNOWN, at + 1)


def _closing(text: str, at: int) -> int:
    """Where the parenthesis that opens here is closed."""
    depth = 0
    for place in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text)
