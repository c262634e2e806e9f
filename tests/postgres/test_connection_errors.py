"""What libpq says of a refused connection is stripped to the server's own words, with a hint."""

import pytest

from pgtui.postgres.connection_errors import REFUSALS, UNKNOWN, own_words, recognise

AT = 'connection failed: connection to server at "127.0.0.1", port 5433 failed: '
AGAIN = 'connection to server at "127.0.0.1", port 5433 failed: '
SOCKET = 'connection failed: connection to server on socket "/run/.s.PGSQL.5432" failed: '
WORDS = 'FATAL:  password authentication failed for user "x"'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (AT + WORDS, WORDS),
        (AT + WORDS + "\n" + AGAIN + WORDS + "\n", WORDS),
        (
            SOCKET + 'FATAL:  Peer authentication failed for user "x"',
            'FATAL:  Peer authentication failed for user "x"',
        ),
        (
            SOCKET + "No such file or directory\n\tIs the server running?",
            "No such file or directory\n\tIs the server running?",
        ),
        ("connection is bad: no password supplied", "no password supplied"),
        ("anything else", "anything else"),
        (
            AT + "SSL error: x\n" + AGAIN + "FATAL:  no pg_hba.conf entry",
            "SSL error: x; FATAL:  no pg_hba.conf entry",
        ),
    ],
)
def test_the_preamble_goes_and_a_repeated_failure_is_told_once(text: str, words: str) -> None:
    assert own_words(text) == words


def test_every_known_refusal_has_a_hint_and_is_found_by_its_own_words() -> None:
    for refusal in REFUSALS:
        assert refusal.hint
        for words in refusal.words:
            assert recognise(f"FATAL:  {words} x") is refusal


def test_words_of_another_language_are_left_to_themselves() -> None:
    assert recognise("FATAL:  Passwort-Authentifizierung fehlgeschlagen") is UNKNOWN


def test_an_absent_database_is_not_taken_for_what_it_is_called() -> None:
    refusal = recognise('FATAL:  database "sorry, too many clients already" does not exist')
    assert "database" in refusal.hint
    assert "max_connections" not in refusal.hint
