import traceback
from dataclasses import dataclass

from pgtui.domain.secret import Secret

PASSWORD = "hunter2"


@dataclass(frozen=True)
class _Holder:
    password: Secret


def test_a_secret_is_seen_by_revealing_it_only() -> None:
    secret = Secret(PASSWORD)
    assert secret.reveal() == PASSWORD
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", f"{_Holder(secret)}"]
    shown += [repr([secret]), repr({"p": secret}), "%s %r" % (secret, secret), ascii(secret)]  # noqa: UP031
    assert not [text for text in shown if PASSWORD in text]


def test_an_error_about_it_does_not_tell_it() -> None:
    error = ValueError("refused", Secret(PASSWORD))
    assert PASSWORD not in "".join(traceback.format_exception(error))


def test_equal_secrets_are_equal_and_the_length_is_not_told() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert str(Secret("a")) == str(Secret("a" * 40))
