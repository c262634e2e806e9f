import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.errors import BadInput
from pgtui.domain.place import HostKind, Place
from pgtui.domain.sandbox import SandboxSpec, TablespaceCopy
from pgtui.domain.sandbox_json import spec_from_json, spec_to_json

# Paths may hold bytes that are no UTF-8; Python carries them as lone surrogates.
texts = st.text(alphabet=st.characters())
places = st.builds(Place, st.sampled_from(HostKind), texts)
specs = st.builds(
    SandboxSpec,
    **{field.name: texts for field in fields(SandboxSpec) if field.type is str},
    source=places,
    place=places,
    tablespaces=st.lists(st.builds(TablespaceCopy, texts, texts), max_size=3).map(tuple),
    settings=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
)


@given(specs)
def test_a_spec_comes_back_as_it_was(spec: SandboxSpec) -> None:
    assert spec_from_json(spec_to_json(spec)) == spec


@given(specs)
def test_the_text_is_one_line_of_printable_ascii(spec: SandboxSpec) -> None:
    assert all(" " <= character <= "~" for character in spec_to_json(spec))


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"name": 1}', "{"])
def test_what_is_no_spec_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        spec_from_json(text)


@given(specs, st.sampled_from([field.name for field in fields(SandboxSpec)]))
def test_a_spec_that_lacks_a_field_is_refused(spec: SandboxSpec, missing: str) -> None:
    values = json.loads(spec_to_json(spec))
    del values[missing]
    with pytest.raises(BadInput):
        spec_from_json(json.dumps(values))
