"""Why a segment could not be archived: what exit codes, signals and a command's own words mean."""

import re
import signal as signals
from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """What is wrong, in a sentence, and what to do about it."""

    cause: str
    hint: str


def exit_meaning(code: int | None, signal: int | None, command: str = "") -> str:
    """Return in words what an exit code or a signal means; "" when there is neither."""
    if signal is not None:
        return f"signal {signal} ({_signal_name(signal)}) ended the command"
    if code is None:
        return ""
    for program, meanings in _OF_PROGRAMS.items():
        if code in meanings and program in command:
            return meanings[code]
    if code in _OF_SHELL:
        return _OF_SHELL[code]
    if 128 < code < 128 + 65:
        return f"signal {code - 128} ({_signal_name(code - 128)}) ended a program of the command"
    return "the command reported a failure"


def cause_of(words: str, code: int | None, signal: int | None, command: str = "") -> Cause:
    """Return the cause and what to do, as far as words, exit code, signal and command tell."""
    if signal is None and code is not None and 128 < code < 128 + 65:
        signal = code - 128
    if signal is not None:
        return _by_signal(signal)
    # Before the words: what cannot be executed says "Permission denied", too.
    if code in _BY_CODE:
        return _BY_CODE[code]
    for pattern, cause in _BY_WORDS:
        if pattern.search(words):
            return cause
    if _MARKER in command and code == 10:
        return _NOT_MOUNTED
    if (_MARKER in command and code == 11) or (code == 1 and _REFUSES_EXISTING.search(command)):
        return _EXISTS
    return Cause(
        "The command failed for a reason of its own.",
        "Run it by hand as the server's account, with the segment's path and name put in.",
    )


_MARKER = ".pgtui-archive"
_REFUSES_EXISTING = re.compile(r"(?:\btest|\[)\s+!\s+-[ef]\b")
_NOT_EXECUTABLE = Cause(
    "The program of the command may not be executed.",
    "Give it execute permission for the server's account (chmod +x), and see that its file system is not"
    " mounted noexec and that every directory above it may be entered.",
)
_NOT_FOUND = Cause(
    "The program of the command was not found.",
    "Write its whole path: the server's PATH is not that of your shell. Is it installed where the server"
    " runs (inside the container)?",
)
_EXISTS = Cause(
    "A file of that name lies in the archive already, and the command does not overwrite it.",
    "Compare the two: when they are the same, the command should accept it; when they differ, two servers"
    " may write into one archive. Never overwrite it blindly.",
)
_NOT_MOUNTED = Cause(
    "The archive is not there: the mark that shows that it is mounted is missing.",
    "Mount the archive's file system again; nothing was written to the empty mount point.",
)
_BY_CODE = {126: _NOT_EXECUTABLE, 127: _NOT_FOUND}

_OF_SHELL = {
    126: "the program was found and may not be executed",
    127: "the program was not found",
}
_OF_PROGRAMS: dict[str, dict[int, str]] = {
    _MARKER: {
        10: "the archive directory is not mounted",
        11: "a different file of that name is in the archive",
    },
    "rsync": {
        10: "rsync: error in socket I/O",
        11: "rsync: error in file I/O",
        12: "rsync: error in the protocol data stream",
        23: "rsync: some files could not be transferred",
        30: "rsync: timeout in sending or receiving",
        35: "rsync: timeout while it waited for the daemon",
        255: "ssh could not connect or was refused",
    },
    "ssh": {255: "ssh could not connect or was refused"},
    "scp": {255: "ssh could not connect or was refused"},
    "timeout": {124: "the time limit (timeout) ended the command"},
}


def _rule(pattern: str, cause: str, hint: str) -> tuple[re.Pattern[str], Cause]:
    return re.compile(pattern, re.IGNORECASE), Cause(cause, hint)


# The first that fits counts: the narrower a sentence is, the further up it stands.
_BY_WORDS = (
    _rule(
        r"permission denied \((?:publickey|password|gssapi|keyboard)|host key verification failed",
        "The other machine does not let the server's account in.",
        "Log in once by hand as the server's account: key, known_hosts and account have to fit.",
    ),
    _rule(
        r"no space left on device|disk full|not enough space",
        "The archive's file system is full.",
        "Make room there: remove what no kept backup needs (`pgtui archive prune`), or give it more space.",
    ),
    _rule(r"quota exceeded", "The archive owner's quota is used up.", "Make room, or raise the quota."),
    _rule(
        r"read-only file system",
        "The archive's file system is mounted read-only.",
        "Mount it read-write; a file system that turned read-only by itself may have a damaged disk.",
    ),
    _rule(r"not mounted", _NOT_MOUNTED.cause, _NOT_MOUNTED.hint),
    _rule(
        r"exists with different contents?|files? differ\b|already exists|file exists"
        r"|(?:will not|not) overwrit|differs? from",
        _EXISTS.cause,
        _EXISTS.hint,
    ),
    _rule(
        r"could not (?:access file|load library) ",
        "The archive_library is not there or cannot be loaded.",
        "Install the module for this server's version, or set archive_library back.",
    ),
    _rule(
        r"both \S*archive_command\S* and \S*archive_library\S* set",
        "archive_command and archive_library are both set, which the server refuses.",
        "Set one of them to an empty value and reload.",
    ),
    _rule(
        r"archive_(?:command|library)\S* (?:is|are) not set|yet archiving is not configured",
        "archive_mode is on, and nothing tells how to archive.",
        "Set archive_command (`pgtui archive setup`), and reload.",
    ),
    _rule(
        r"(?:command|program) not found|: not found\b|executable file not found",
        _NOT_FOUND.cause,
        _NOT_FOUND.hint,
    ),
    _rule(
        r"(?:cannot stat|cannot open|failed to open|could not open|link_stat)\s+\S*pg_wal/",
        "The segment itself could not be read in pg_wal.",
        "Do not touch pg_wal by hand; look what the server log says of that segment.",
    ),
    _rule(
        r"not a directory",
        "Something that is not a directory lies where the archive directory should be.",
        "Move it aside and make the directory, owned by the server's account.",
    ),
    _rule(r"is a directory", "A directory lies where a file should be.", "Look at the path in these words."),
    _rule(
        r"no such file or directory|nonexistent directory|does not exist",
        "The archive directory, or another path of the command, is missing.",
        "Make it with the server's account as its owner, or mount what should be there.",
    ),
    _rule(
        r"connection refused",
        "The other machine refuses the connection.",
        "Does its service run there, at that port?",
    ),
    _rule(
        r"timed out|timeout",
        "The other machine does not answer in time.",
        "Is it up, and does a firewall let the connection through?",
    ),
    _rule(
        r"no route to host|network is unreachable|host is down",
        "The other machine cannot be reached over the network.",
        "Look at routes and firewall between the two.",
    ),
    _rule(
        r"could not resolve|name or service not known|temporary failure in name resolution|unknown host",
        "The name of the other machine cannot be resolved.",
        "Check the name in the command, and the name service where the server runs.",
    ),
    _rule(
        r"connection (?:reset|closed|unexpectedly closed)|broken pipe|lost connection",
        "The connection to the other machine broke.",
        "It is tried again; when it stays so, look at the log of the other machine.",
    ),
    _rule(
        r"access ?denied|forbidden|invalidaccesskeyid|signaturedoesnotmatch|expired ?token|unauthorized"
        r"|nocredentials|unable to locate credentials|authentication failed",
        "The store refuses the credentials of the command.",
        "Renew them where the server's account finds them.",
    ),
    _rule(r"no ?such ?bucket", "The bucket is not there.", "Make it, or correct its name in the command."),
    _rule(
        r"input/output error",
        "The disk or file system of the archive reports an error.",
        "Look at the kernel's log (dmesg): the disk may be failing.",
    ),
    _rule(r"stale (?:nfs )?file handle", "The network mount of the archive is stale.", "Mount it anew."),
    _rule(
        r"cannot allocate memory|out of memory|too many open files",
        "The machine has no memory or no file handles left for the command.",
        "See what uses them up.",
    ),
    _rule(
        r"(?:cannot execute|exec format error|bad interpreter)",
        _NOT_EXECUTABLE.cause,
        _NOT_EXECUTABLE.hint,
    ),
    _rule(
        r"permission denied|operation not permitted",
        "The server's account may not write into the archive, or not run a program of the command.",
        "Give the directory to the server's account (chown), and see that it may enter every one above it.",
    ),
    _rule(r"syntax error|unterminated quoted", "The shell cannot read the command.", "Check its quotes."),
)


def _by_signal(signal: int) -> Cause:
    if signal == signals.SIGKILL:
        return Cause(
            "The command was killed (SIGKILL).",
            "Often that is the kernel, out of memory: look at its log (dmesg), or at the container's limits.",
        )
    if signal in (signals.SIGTERM, signals.SIGINT, signals.SIGQUIT, signals.SIGHUP):
        return Cause(
            f"The command was ended from outside ({_signal_name(signal)}).",
            "A shutdown does that; otherwise someone, or a watchdog, ended it.",
        )
    return Cause(
        f"A program of the command crashed ({_signal_name(signal)}).",
        "Run it by hand as the server's account, and look for an update of it.",
    )


def _signal_name(number: int) -> str:
    try:
        return signals.Signals(number).name
    except ValueError:
        return "unknown"
