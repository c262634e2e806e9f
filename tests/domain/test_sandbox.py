import pytest

from pgtui.domain.errors import BadInput
from pgtui.domain.sandbox import NAME_PREFIX, check_name
from tests.domain.made import spec


@pytest.mark.parametrize("rest", ["20261122-115957-a1b2c3", "a", "-"])
def test_a_sandboxs_name_is_taken(rest: str) -> None:
    assert check_name(NAME_PREFIX + rest) == NAME_PREFIX + rest


@pytest.mark.parametrize(
    "name",
    ["", "x", NAME_PREFIX, NAME_PREFIX + "../x", NAME_PREFIX + "a b", NAME_PREFIX + "a\n", NAME_PREFIX + "ä"]
    + ["Pgtui-sandbox-x", NAME_PREFIX + "$(x)", NAME_PREFIX + "²"],
)
def test_anything_that_could_be_more_than_a_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        check_name(name)


def test_all_that_belongs_to_a_sandbox_lies_below_its_directory() -> None:
    sandbox = spec()
    paths = {
        sandbox.data_directory,
        sandbox.socket_directory,
        sandbox.archive_directory,
        sandbox.log_file,
    }
    assert len(paths) == 4
    assert all(path.startswith(f"{sandbox.directory}/") for path in paths)
