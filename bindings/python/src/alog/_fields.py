"""Fields in the encoding of the C ABI: one piece of bytes for all fields of a call.

Each item is type, 0, length of the key, length of the value, key, value, with no space between them. Whatever a value
is, it has an encoding here; nothing that it does is raised into the program that logs it.
"""

from __future__ import annotations

import functools
import struct
import sys
from collections.abc import Mapping
from typing import Any, Callable, Final, Optional, cast

from . import _native
from ._nesting import DEEPEST, DEEPEST_TEXT, SMALL, Nesting, instead_of, nesting_in
from ._text import SURROGATES

MAX_KEY: Final = 0xFFFF
"""The longest key in bytes; a longer one is cut there."""
_LONGEST: Final = (1 << 30) + 1
"""Longer than any ``max_message_bytes``: a value that is cut here is refused all the same."""
_REMEMBERED: Final = 4096
"""How many keys are remembered: a program has few, unless it makes them up."""

_head = struct.Struct("=BBHI").pack
_unpack_head = struct.Struct("=BBHI").unpack_from
_i64, _u64, _f64 = (struct.Struct(f"={kind}").pack for kind in "qQd")
_NULL, _BOOL, _I64 = _native.FIELD_NULL, _native.FIELD_BOOL, _native.FIELD_I64
_F64, _STR = _native.FIELD_F64, _native.FIELD_STR
_END: Final = _head(_native.FIELD_END, 0, 0, 0)

# key: (its bytes, what is in front of a value that is an i64)
_keys: dict[str, tuple[bytes, bytes]] = {}


def encode(fields: Mapping[str, object]) -> bytes:
    """Returns the encoding of the fields, in their order."""
    items: list[bytes] = []
    value: Any
    for key, value in fields.items():
        try:
            octets, number = _keys[key]
        except KeyError:
            octets, number = _learn(key)
        kind = type(value)  # pyright: ignore[reportUnknownVariableType]
        if kind is str:
            items.append(_item(_STR, octets, value.encode("utf-8", SURROGATES)))
        elif kind is int:
            try:
                items.append(number + _i64(value))
            except struct.error:
                items.append(_other(octets, value))
        else:
            items.append(_other(octets, value))
    return b"".join(items)


def _learn(key: str) -> tuple[bytes, bytes]:
    octets = key.encode("utf-8", SURROGATES)[:MAX_KEY]
    if len(_keys) >= _REMEMBERED:
        _keys.clear()
    known = _keys[key] = octets, _head(_I64, 0, len(octets), 8) + octets
    return known


def _item(kind: int, key: bytes, data: bytes) -> bytes:
    try:
        return _head(kind, 0, len(key), len(data)) + key + data
    except struct.error:
        return _item(kind, key, data[:_LONGEST])


def _other(key: bytes, value: object, nesting: Optional[Nesting] = None) -> bytes:
    """Encodes a value of any type, of a call or of the groups that it is in."""
    if value is None:
        return _item(_NULL, key, b"")
    if value is True or value is False:
        return _item(_BOOL, key, b"\1" if value else b"\0")
    if type(value) is float:
        return _item(_F64, key, _f64(value))
    try:
        return _by_type(key, value, nesting)
    except Exception:  # whatever it raises, also if it only pretends to be of a type
        return _item(_STR, key, f"<unprintable {type(value).__name__}>".encode("utf-8", SURROGATES))


def _by_type(key: bytes, value: Any, nesting: Optional[Nesting]) -> bytes:
    if isinstance(value, str):
        return _item(_STR, key, str.encode(value, "utf-8", SURROGATES))
    if isinstance(value, int):
        return _integer(key, value)
    if isinstance(value, float):
        return _item(_F64, key, _f64(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _item(_native.FIELD_BYTES, key, bytes(cast("bytes", value)))
    if isinstance(value, dict):
        return _group(key, value, nesting)  # pyright: ignore[reportUnknownArgumentType]
    text = _shown(value, nesting)
    return _item(_STR, key, text.encode("utf-8", SURROGATES))


def _integer(key: bytes, value: int) -> bytes:
    if -(1 << 63) <= value < 1 << 63:
        return _item(_I64, key, _i64(value))
    if 0 <= value < 1 << 64:
        return _item(_native.FIELD_U64, key, _u64(value))
    return _item(_STR, key, int.__repr__(value).encode())


def _group(key: bytes, value: dict[Any, Any], nesting: Optional[Nesting]) -> bytes:
    nesting = nesting or nesting_in(value, DEEPEST)
    if nesting is SMALL:
        return _whole_group(key, value, nesting)
    if nesting.depth >= DEEPEST:
        return _item(_STR, key, str(nesting.whole(value)).encode("utf-8", SURROGATES))
    if not nesting.enter(value):
        return _item(_STR, key, instead_of(value).encode())
    before = nesting.size
    try:
        encoded = _whole_group(key, value, nesting)
    finally:
        nesting.leave(value)
    nesting.size = before + len(encoded)
    return encoded


def _whole_group(key: bytes, value: dict[Any, Any], nesting: Nesting) -> bytes:
    items = [_item(_native.FIELD_GROUP, key, b"")]
    for name, member in list(value.items()):
        octets = str.encode(name if type(name) is str else printable(name), "utf-8", SURROGATES)[:MAX_KEY]
        if type(member) is str:
            items.append(_item(_STR, octets, member.encode("utf-8", SURROGATES)))
        else:
            items.append(_other(octets, member, nesting))
    items.append(_END)
    return b"".join(items)


def printable(value: object) -> str:
    """Returns ``str(value)``, or says that it has none."""
    if type(value) is str:
        return value
    try:
        return str(value)
    except Exception:  # whatever it raises
        return f"<unprintable {type(value).__name__}>"


def _shown(value: Any, nesting: Optional[Nesting]) -> str:
    """Returns a value as text: lists and tuples as JSON has them, everything else as ``str`` has it."""
    if issubclass(type(value), (list, tuple)):  # not what only pretends to be one
        nesting = nesting or nesting_in(value, DEEPEST_TEXT)
        if nesting is not SMALL:
            value = nesting.whole(value)
        try:
            return _to_json()(value)
        except (TypeError, ValueError):  # a key that JSON does not have
            pass
    return str(value)


@functools.lru_cache(maxsize=None)
def _to_json() -> Callable[[object], str]:
    import json  # only here: who logs no lists does not pay for it

    return json.JSONEncoder(ensure_ascii=False, default=printable).encode


def exception_of(given: Any) -> Optional[BaseException]:
    """Returns the exception that ``exc_info`` means: itself, one of a triple, or for True the current one."""
    if isinstance(given, BaseException):
        return given
    triple: tuple[Any, ...] = ()
    if given:
        either: Any = given
        triple = either if isinstance(given, tuple) else sys.exc_info()
    found: Any = triple[1] if len(triple) == 3 else None
    return found if isinstance(found, BaseException) else None


def exception_fields(exception: BaseException, given: Mapping[str, object]) -> dict[str, object]:
    """Returns what is logged of an exception: the fields of the call, if they have the same names, count more."""
    import traceback  # only here: it loads much

    kind = type(exception)
    module = kind.__module__
    fields: dict[str, object] = {
        "error": exception,
        "error_type": kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}",
    }
    try:
        lines = traceback.format_exception(kind, exception, exception.__traceback__)
        fields["traceback"] = "".join(lines).rstrip("\n")
    except Exception as error:  # an exception that cannot even be shown
        fields["traceback"] = f"<unprintable {kind.__name__}: {type(error).__name__}>"
    return {key: value for key, value in fields.items() if key not in given}


def decode(octets: bytes) -> dict[str, object]:
    """Returns the fields of an encoding that the library made; of several with one key the last."""
    fields: dict[str, object] = {}
    groups, position = [fields], 0
    while position < len(octets):
        kind, _, key_len, value_len = _unpack_head(octets, position)
        key_end = position + 8 + key_len
        key = octets[position + 8 : key_end].decode("utf-8", "surrogateescape")
        position = key_end + value_len
        if kind == _native.FIELD_END:
            groups.pop()
        elif kind == _native.FIELD_GROUP:
            group: dict[str, object] = {}
            groups[-1][key] = group
            groups.append(group)
        else:
            groups[-1][key] = _value(kind, octets[key_end:position])
    return fields


def _value(kind: int, data: bytes) -> object:
    if kind == _STR:
        return data.decode("utf-8", "surrogateescape")
    if kind == _native.FIELD_BYTES:
        return data
    if kind == _BOOL:
        return data != b"\0"
    numbers = {_I64: "=q", _native.FIELD_U64: "=Q", _F64: "=d"}
    return struct.unpack(numbers[kind], data)[0] if kind in numbers else None
