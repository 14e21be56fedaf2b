"""The ctypes table, the constants and the settings are what include/alog.h says."""

from __future__ import annotations

import enum
import inspect
import re
from ctypes import POINTER, c_char, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any

import pytest

import alog
from alog import _native, stats
from conftest import REPOSITORY

HEADER = (REPOSITORY / "include" / "alog.h").read_text()
CODE = re.sub(r"/\*.*?\*/|//[^\n]*", "", HEADER, flags=re.S)

SCALARS: dict[str, Any] = {
    "void": None,
    "alog_status": c_int32,
    "alog_level": c_int32,
    "int32_t": c_int32,
    "int64_t": c_int64,
    "uint32_t": c_uint32,
    "uint64_t": c_uint64,
    "size_t": c_size_t,
    "char": c_char,
    "alog_sink_fn": _native.SinkFn,
    "alog_destroy_fn": _native.DestroyFn,
    "const char *": c_char_p,
    "void *": c_void_p,
    "const alog_config *": c_void_p,
    "alog_config *": c_void_p,
    "alog_config **": POINTER(c_void_p),
    "int32_t *": POINTER(c_int32),
    **_native.STRUCTS,
    **{f"{name} *": POINTER(struct) for name, struct in _native.STRUCTS.items()},
}


def ctype(declaration: str) -> Any:
    """The ctypes type of a C declaration such as `struct alog_error *out_error`."""
    words = declaration.replace("struct ", "").strip()
    return SCALARS[re.sub(r"\w+$", "", words).strip()]


def functions() -> dict[str, tuple[Any, list[Any]]]:
    found: dict[str, tuple[Any, list[Any]]] = {}
    declarations = CODE[CODE.index('extern "C"') :]
    for result, name, arguments in re.findall(r"([\w ]+[\s*]+)(alog_\w+)\(([^)]*)\);", declarations):
        taken = [] if arguments.strip() == "void" else [ctype(one) for one in arguments.split(",")]
        found[name] = (SCALARS[" ".join(result.split())], taken)
    return found


def constants(prefix: str) -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(rf"#define {prefix}(\w+) (-?\d+)\n", CODE)}


def test_the_table_declares_exactly_the_functions_of_the_header() -> None:
    assert functions() == _native.FUNCTIONS


@pytest.mark.parametrize("name", _native.STRUCTS)
def test_a_struct_has_the_fields_of_the_header_in_their_order(name: str) -> None:
    (body,) = re.findall(rf"struct {name} {{(.*?)}}", CODE, flags=re.S)
    fields = []
    for kind, field, length in re.findall(r"(\w+)\s+(\w+)(?:\[(\d+)\])?;", body):
        fields.append((field, SCALARS[kind] * int(length) if length else SCALARS[kind]))
    assert fields == _native.STRUCTS[name]._fields_


def test_every_struct_of_the_header_is_declared() -> None:
    assert set(re.findall(r"typedef struct (\w+) {", CODE)) == set(_native.STRUCTS)


def test_a_callback_has_the_type_of_the_header() -> None:
    (arguments,) = re.findall(r"typedef int32_t \(\*alog_sink_fn\)\((.*?)\);", CODE, flags=re.S)
    kinds = [ctype(one) for one in arguments.split(",")]
    assert kinds == [c_void_p, c_char_p, c_size_t, c_uint64]
    declared: Any = _native.SinkFn  # which takes the lines as an address: they may contain a NUL
    assert (declared._restype_, declared._argtypes_) == (c_int32, (c_void_p, c_void_p, c_size_t, c_uint64))


def test_the_statuses_are_those_of_the_header() -> None:
    named = {"OK": 0, "EMPTY": 1, "DISABLED": 2, "DROPPED": 3}
    header = {**constants("ALOG_(?=(?:OK|EMPTY|DISABLED|DROPPED) )"), **constants("ALOG_(?=ERR_)")}
    assert header.items() >= named.items()
    assert header == values(alog.Status)


def test_the_levels_are_those_of_the_header() -> None:
    assert constants("ALOG_LEVEL_") == values(alog.Level)


def values(enumeration: type[enum.IntEnum]) -> dict[str, int]:
    return {name: member.value for name, member in enumeration.__members__.items()}


def test_the_reasons_are_those_of_the_header() -> None:
    reject, drop = constants("ALOG_REJECT_"), constants("ALOG_DROP_")
    assert reject.pop("COUNT") == _native.REJECT_COUNT
    assert drop.pop("COUNT") == _native.DROP_COUNT
    assert {name.lower(): number for name, number in reject.items()} == {
        name: number for number, name in enumerate(stats.REJECT_REASONS)
    }
    assert {name.lower(): number for name, number in drop.items()} == {
        name: number for number, name in enumerate(stats.DROP_REASONS)
    }


def test_the_abi_version_is_that_of_the_header() -> None:
    assert constants("ALOG_")["ABI_VERSION"] == _native.ABI_VERSION == _native.library.alog_abi_version()


def test_every_key_is_a_parameter_of_logger_with_its_default() -> None:
    rows = re.findall(r"^ \* \| `(\w+)`.*\| `([^`|]+)` +\|$", HEADER, flags=re.M)
    parameters = inspect.signature(alog.Logger).parameters.values()
    keys = {p.name: str(p.default) for p in parameters if p.kind is p.KEYWORD_ONLY}
    assert dict(rows) == keys


def test_a_status_that_is_not_known_has_a_text() -> None:
    assert alog.Status(-12345) == -12345
    assert str(alog.Status(-12345)) == "unknown status"
    assert not alog.Status(-12345).ok
    assert alog.Status.OK.ok
