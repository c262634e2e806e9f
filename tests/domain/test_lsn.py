"""LSNs: read, written, counted with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.errors import BadInput
from pgtui.domain.lsn import Lsn

lsns = st.integers(0, 2**64 - 1).map(Lsn)


@given(lsns)
def test_what_is_written_reads_back(lsn: Lsn) -> None:
    assert Lsn.parse(str(lsn)) == lsn


@given(lsns)
def test_leading_zeros_change_nothing(lsn: Lsn) -> None:
    high, low = str(lsn).split("/")
    assert Lsn.parse(f" {high:0>8}/{low:0>8} ") == lsn
    assert Lsn.parse(f"{high.lower()}/{low.lower()}") == lsn


@given(lsns, lsns)
def test_order_and_distance_are_those_of_the_bytes(one: Lsn, other: Lsn) -> None:
    assert (one < other) == (one.value < other.value)
    assert one - other == one.value - other.value
    assert other + (one - other) == one


@pytest.mark.parametrize(
    ("text", "value"), [("0/0", 0), ("0/3A2F8", 0x3A2F8), ("1/0", 2**32), ("FFFFFFFF/FFFFFFFF", 2**64 - 1)]
)
def test_known_positions_are_read(text: str, value: int) -> None:
    assert Lsn.parse(text).value == value


@pytest.mark.parametrize(
    "text",
    ["", "/", "0", "0/", "/0", "0x0/0", "0/0x1", "G/0", "123456789/0", "0/123456789", "0/0/0", "-1/0", "+1/0"]
    + ["0_0/0", "٠/٠", "0 /0", "0/3\x00"],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        Lsn.parse(text)
    assert "0/3A2F8" in refused.value.hint


@pytest.mark.parametrize("value", [-1, 2**64])
def test_positions_outside_64_bits_do_not_exist(value: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        Lsn(value)
