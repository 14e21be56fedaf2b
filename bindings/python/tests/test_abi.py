"""The ctypes table, the constants and the settings are what include/alog.h says."""

from __future__ import annotations

import enum
import inspect
import re
from ctypes import POINTER, c_char, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
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
    "alog_hook_fn": _native.HookFn,
    "alog_scheduler_fn": _native.SchedulerFn,
    "double": c_double,
    "const char *": c_char_p,
    "const uint8_t *": c_char_p,  # bytes, which may contain a NUL: their length comes with them
    "const char **": POINTER(c_void_p),
    "char *": c_void_p,  # bytes that are written to
    "size_t *": POINTER(c_size_t),
    "uint64_t *": POINTER(c_uint64),
    "uint32_t *": POINTER(c_uint32),
    "const alog_record *": c_void_p,
    "alog_record *": c_void_p,
    "void *": c_void_p,
    "const alog_config *": c_void_p,
    "alog_config *": c_void_p,
    "alog_config **": POINTER(c_void_p),
    "int32_t *": POINTER(c_int32),
    "alog_level *": POINTER(c_int32),
    **_native.STRUCTS,
    **{f"{const}{name} *": POINTER(struct) for name, struct in _native.STRUCTS.items() for const in ("", "const ")},
    "const alog_switch **": POINTER(POINTER(_native.AlogSwitch)),
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
    (body,) = re.findall(rf"(?:struct|union) {name} {{(.*?)}}", CODE, flags=re.S)
    fields = []
    for kind, field, length in re.findall(r"((?:const )?\w+[ *]+)(\w+)(?:\[(\d+)\])?;", body.replace("struct ", "")):
        of = SCALARS[kind.strip()]
        fields.append((field, of * int(length) if length else of))
    if name == "alog_bytes":  # an address: what it leads to may contain a NUL
        assert fields.pop(0) == ("ptr", c_char_p)
        fields.insert(0, ("ptr", c_void_p))
    assert [(field, same(kind)) for field, kind in fields] == [
        (field, same(kind)) for field, kind in _native.STRUCTS[name]._fields_
    ]


def same(kind: Any) -> Any:
    """An array type is another one each time that it is made."""
    return (kind._type_, kind._length_) if hasattr(kind, "_length_") else kind


def test_every_struct_of_the_header_is_declared() -> None:
    assert set(re.findall(r"typedef (?:struct|union) (\w+) {", CODE)) == set(_native.STRUCTS)


CALLBACKS: dict[str, Any] = {
    "alog_sink_fn": _native.SinkFn,
    "alog_destroy_fn": _native.DestroyFn,
    "alog_hook_fn": _native.HookFn,
    "alog_scheduler_fn": _native.SchedulerFn,
}


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_has_the_type_of_the_header(name: str) -> None:
    ((result, arguments),) = re.findall(rf"typedef (\w+) \(\*{name}\)\((.*?)\);", CODE, flags=re.S)
    # A text is taken as an address: it may contain a NUL.
    kinds = [c_void_p if kind is c_char_p else kind for kind in map(ctype, arguments.split(","))]
    declared = CALLBACKS[name]
    assert (declared._restype_, list(declared._argtypes_)) == (SCALARS[result], kinds)


def test_every_callback_of_the_header_is_declared() -> None:
    assert set(re.findall(r"\(\*(alog_\w+_fn)\)", CODE)) == set(CALLBACKS)


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


def test_the_types_of_fields_the_phases_and_the_flags_are_those_of_the_header() -> None:
    ours = {name: value for name, value in vars(_native).items() if re.match(r"FIELD_|HOOK_P|TEMPLATE$", name)}
    header = constants("ALOG_(?=FIELD_|HOOK_|TEMPLATE )")
    assert {name: header.get(name) for name in ours} == ours
    assert set(header) == set(ours)


def test_the_abi_version_is_that_of_the_header() -> None:
    assert constants("ALOG_")["ABI_VERSION"] == _native.ABI_VERSION == _native.library.alog_abi_version()


NOT_OF_A_ROOT = {"replace", "reload"}  # this one is for files, which say it themselves
NO_KEYS = {"fields", "pre_hooks", "post_hooks", "source"}


def test_every_key_is_a_parameter_of_logger_with_its_default() -> None:
    rows: dict[str, str] = {}
    table = HEADER.split("Sets one key of a configuration.")[1].split("# Returns")[0]
    for row in re.findall(r"^ \* \| (`\w+`.*) \|$", table, flags=re.M):
        keys, _, defaults = (cell.strip() for cell in row.split(" | "))
        names = re.findall(r"`(\w+)`", keys)
        values = re.findall(r"`([^`]+)`", defaults) or [{"empty": "", "none": "None", "": "None"}[defaults]]
        rows.update(zip(names, values * (len(names) if len(values) == 1 else 1)))
    parameters = inspect.signature(alog.Logger).parameters.values()
    keys_here = {p.name: str(p.default) for p in parameters if p.kind is p.KEYWORD_ONLY}
    assert rows.keys() - NOT_OF_A_ROOT == keys_here.keys() - NO_KEYS
    assert {key: keys_here[key] for key in rows.keys() - NOT_OF_A_ROOT} == {
        key: value if value != "none" else "None" for key, value in rows.items() if key not in NOT_OF_A_ROOT
    }


def test_a_status_that_is_not_known_has_a_text() -> None:
    assert alog.Status(-12345) == -12345
    assert str(alog.Status(-12345)) == "unknown status"
    assert not alog.Status(-12345).ok
    assert alog.Status.OK.ok
