import pytest

from pgtui.domain.server_version import ServerVersion


@pytest.mark.parametrize(
    ("number", "major", "minor", "text"),
    [(170011, 17, 11, "17.11"), (130000, 13, 0, "13"), (180006, 18, 6, "18.6")],
)
def test_a_version_is_taken_apart(number: int, major: int, minor: int, text: str) -> None:
    version = ServerVersion(number)
    assert (version.major, version.minor, str(version)) == (major, minor, text)


def test_versions_from_13_to_18_are_known() -> None:
    known = [major for major in range(9, 25) if ServerVersion.of_major(major).is_supported]
    assert known == [13, 14, 15, 16, 17, 18]
    assert ServerVersion(180099).is_supported


def test_versions_sort_as_numbers_do() -> None:
    assert ServerVersion(150018) < ServerVersion.of_major(16) < ServerVersion(160001)
