"""The archive directory is recognised in the usual archive_commands, and never guessed."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.archive_command import archive_directory, keeps_nothing

SAFE = (
    'd=/archive; f="$d/%f"; t="$d/.%f.tmp"; '
    '[ -f "$d/.pgtui-archive" ] || { echo "archive $d not mounted" >&2; exit 10; }; '
    'if [ -e "$f" ]; then cmp -s "%p" "$f" && exit 0; echo "%f exists with different contents" >&2; '
    'exit 11; fi; dd if="%p" of="$t" bs=1M conv=fsync status=none && mv "$t" "$f" && sync "$d"'
)


@pytest.mark.parametrize(
    ("command", "directory"),
    [
        ("test ! -f /a/%f && cp %p /a/%f", "/a"),
        ("test ! -f /mnt/server/archivedir/%f && cp %p /mnt/server/archivedir/%f", "/mnt/server/archivedir"),
        ('cp %p "/a b/%f"', "/a b"),
        ("cp '%p' '/a b/%f'", "/a b"),
        (r"cp %p /a\ b/%f", "/a b"),
        ('cp "%p" "/a"/"%f"', "/a"),
        (SAFE, "/archive"),
        (SAFE.replace("d=/archive", "d='/my archive'"), "/my archive"),
        ("rsync -a %p /a/%f", "/a"),
        ("rsync -a %p /a/", "/a"),
        ("gzip < %p > /a/%f.gz", "/a"),
        ("gzip -c %p >/a/%f.gz", "/a"),
        ("zstd -q %p -o /a/%f.zst", "/a"),
        ("cat %p | lz4 - /a/%f.lz4", "/a"),
        ("cp %p /a/", "/a"),
        ("cp %p /a", "/a"),
        ("cp -t /a %p", "/a"),
        ("cp --target-directory=/a %p", "/a"),
        ("cp %p /a/.%f.tmp && mv /a/.%f.tmp /a/%f", "/a"),
        ("cp %p /a/incoming/%f && mv /a/incoming/%f /a/%f", "/a"),
        ("test -d /a || mkdir -p /a; cp %p /a/%f 2>>/var/log/archive.log", "/a"),
        ("if [ ! -f /a/%f ]; then cp %p /a/%f; fi", "/a"),
        ("sudo -u backup cp %p /a/%f", "/a"),
        ("/bin/cp -p %p /a/%f", "/a"),
        ("cp %p ../archive/%f", "../archive"),
        ("cp %p /%f", "/"),
        ("cp %p /100%%/%f", "/100%"),
        ("dd if=%p of=/a/%f bs=1M", "/a"),
        ("ARCHIVE=/a && cp %p ${ARCHIVE}/%f", "/a"),
        ("cp %p /first/%f && cp %p /second/%f", "/first"),
        ("cp %p /a/%f\n", "/a"),
        ("pgbackrest --stanza=main archive-push %p", None),
        ("envdir /etc/wal-g wal-g wal-push %p", None),
        ("wal-g wal-push /a/%f", None),
        ("barman-wal-archive backup main %p", None),
        ("rsync -a %p backup:/a/%f", None),
        ("rsync -a %p backup@host:/a/%f", None),
        ("rsync -a %p rsync://host/a/%f", None),
        ("scp %p host:/a/%f", None),
        ("ssh host test ! -f /a/%f && scp %p host:/a/%f", None),
        ("aws s3 cp %p s3://bucket/%f", None),
        ("/usr/local/bin/archive.sh %p %f", None),
        ("cp %p $UNKNOWN/%f", None),
        ("cp %p $(cat /etc/archive)/%f", None),
        ("cp %p `cat /etc/archive`/%f", None),
        ("cp %p '$HOME'/%f", "$HOME"),
        ("/bin/true", None),
        ("true", None),
        (":", None),
        ("", None),
        ("(disabled)", None),
        ("test -f /a/%f", None),
        ("cp '%p /a/%f", None),
    ],
)
def test_the_directory_is_recognised_or_said_to_be_unknown(command: str, directory: str | None) -> None:
    assert archive_directory(command) == directory


# Whatever a path may hold; "%" is written twice in a setting, and a trailing slash is not part of the answer.
_PARTS = st.text(st.characters(exclude_characters="/\x00\x01\x02\x03"), min_size=1, max_size=20)
_DIRECTORIES = st.lists(_PARTS, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
_SHAPES = st.sampled_from(
    [
        "test ! -f {q} && cp %p {q}",
        "cp %p {q}",
        "rsync -a %p {q}",
        "gzip < %p > {gz}",
        'd={d}; f="$d/%f"; dd if=%p of="$f" && sync "$d"',
        'd={d}; t="${{d}}/.%f.tmp"; cp %p "$t" && mv "$t" "$d/%f"',
    ]
)


@given(_DIRECTORIES, _SHAPES)
def test_any_quoted_directory_comes_back_as_it_is(directory: str, shape: str) -> None:
    escaped = directory.replace("%", "%%")
    command = shape.format(
        q=shlex.quote(escaped + "/%f"), gz=shlex.quote(escaped + "/%f.gz"), d=shlex.quote(escaped)
    )
    assert archive_directory(command) == directory


@given(st.text(st.sampled_from("cp %f%p/a'\"\\$`{}()<>|&;=: \n") | st.characters(), max_size=80))
def test_no_text_whatever_makes_it_fail(text: str) -> None:
    found = archive_directory(text)
    assert found is None or (found and not any(c in found for c in "\x01\x02\0"))


@pytest.mark.parametrize(
    "command",
    [
        *(
            "/bin/true",
            "true",
            ":",
            "exit 0",
            "exit",
            " true # on purpose",
            "true %p %f",
            "echo %p",
            "true; exit 0",
        ),
        *("cp %p /dev/null", "cat %p > /dev/null", "dd if=%p of=/dev/null", "echo archived >&2"),
    ],
)
def test_a_command_that_keeps_nothing_is_seen(command: str) -> None:
    assert keeps_nothing(command)


@pytest.mark.parametrize(
    "command",
    [
        *("", "false", "exit 1", "exit 10", "cp %p /a/%f", SAFE, "pgbackrest archive-push %p", "test -f %p"),
        *("cat %p > /a/%f", "true && cp %p /a/%f", "echo %p > /a/%f", "cp %p /a/%f && exit 0", "$(true)"),
        *(
            "rsync -a %p host:/a/%f >/dev/null",
            "cp %p /a/%f > /dev/null",
            "/usr/local/bin/push %p > /dev/null",
        ),
    ],
)
def test_a_command_that_may_keep_something_is_not_called_one(command: str) -> None:
    assert not keeps_nothing(command)
