"""Records made of a scorer's own `Input`: right ones by its types and bounds, and the same with something wrong."""

from typing import Any, Final

from hypothesis import strategies as st
from msgspec import inspect

Json = Any
MANY: Final = 5
"""Items of a list, at most."""
RUBBISH: Final[st.SearchStrategy[Json]] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=9),
    st.just([]),
    st.just({}),
)


def records(of: type) -> st.SearchStrategy[Json]:
    """Return records as JSON values for a scorer whose `Input` is `of`, right and wrong ones."""
    right = values(inspect.type_info(of))
    return right | right.flatmap(_spoiled)


def values(of: inspect.Type) -> st.SearchStrategy[Json]:  # noqa: C901 - a table of types
    """Return the JSON values that a type takes.

    Raises:
        TypeError: No strategy is known for a part of it: give the scorer records of its own.
    """
    match of:
        case inspect.Metadata():
            return values(of.type)
        case inspect.StructType():
            return _struct(of)
        case inspect.UnionType():
            return st.one_of(*map(values, of.types))
        case inspect.ListType() | inspect.VarTupleType():
            return st.lists(values(of.item_type), max_size=MANY)
        case inspect.DictType():
            return st.dictionaries(st.text(max_size=5), values(of.value_type), max_size=3)
        case inspect.LiteralType():
            return st.sampled_from(of.values)
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return st.integers(_above(of.ge, of.gt), _below(of.le, of.lt))
        case inspect.FloatType():
            return st.floats(of.ge, of.le, allow_nan=False, allow_infinity=False) | st.integers(0, 2**53)
        case inspect.StrType():
            return _text(of)
        case inspect.NoneType():
            return st.none()
        case inspect.AnyType() | inspect.RawType():
            return RUBBISH
    raise TypeError(f"no strategy for {of}: add one")


def _struct(of: inspect.StructType) -> st.SearchStrategy[Json]:
    required = {field.encode_name: values(field.type) for field in of.fields if field.required}
    optional = {field.encode_name: values(field.type) for field in of.fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)


def _text(of: inspect.StrType) -> st.SearchStrategy[str]:
    if of.pattern is not None:
        return st.from_regex(of.pattern, fullmatch=True)
    return st.text(min_size=of.min_length or 0, max_size=min(of.max_length or 9, 64))


def _above(at_least: float | None, above: float | None) -> int | None:
    return int(at_least) if at_least is not None else None if above is None else int(above) + 1


def _below(at_most: float | None, below: float | None) -> int | None:
    return int(at_most) if at_most is not None else None if below is None else int(below) - 1


def _spoiled(record: Json) -> st.SearchStrategy[Json]:
    """Return a record with one member that is something else, or missing."""
    if not isinstance(record, dict) or not record:
        return RUBBISH
    name = st.sampled_from(sorted(record))
    return st.one_of(
        st.builds(lambda name, value: {**record, name: value}, name, RUBBISH),
        st.builds(lambda name: {other: value for other, value in record.items() if other != name}, name),
        st.just({**record, "a member that nobody knows": 1}),
    )
