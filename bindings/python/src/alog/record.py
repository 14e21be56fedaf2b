"""A record as hooks and schedulers see it."""

from __future__ import annotations

import ctypes
from typing import Callable, Optional

from . import _native
from ._fields import MAX_KEY, decode, encode
from ._native import AlogField, library
from ._text import SURROGATES
from .errors import error_of
from .levels import Level
from .status import Status


class Record:
    """A record on its way, as a hook or a scheduler sees it; of use only until that returns.

    ``record["key"]`` is the value of a field as far as it is known, ``record["a.b"]`` of one in a group, which itself
    is a dict. ``record["key"] = value`` adds a field or overrides one: a pre-hook those of the logger, a post-hook all.
    Nothing overrides level and message. A scheduler changes nothing.
    """

    __slots__ = ("_pointer", "_writable")

    def __init__(self, pointer: int, *, writable: bool = True) -> None:
        self._pointer: Optional[int] = pointer
        self._writable = writable

    @property
    def level(self) -> Level:
        """The severity."""
        return Level(library.alog_record_level_get(self._valid()))

    @property
    def message(self) -> str:
        """The message as it was given: a template is not rendered. What is not UTF-8 becomes surrogates."""
        return self._text(library.alog_record_message_get)

    @property
    def logger(self) -> str:
        """The name of the logger; empty if it has none."""
        return self._text(library.alog_record_name_get)

    def __getitem__(self, key: str) -> object:
        """Returns the value of a field.

        Raises:
            KeyError: There is none of that name so far.
        """
        octets, field = key.encode("utf-8", SURROGATES), AlogField()
        status = library.alog_record_field_get(self._valid(), octets, len(octets), ctypes.byref(field))
        if status == Status.EMPTY:
            raise KeyError(key)
        if status != Status.OK:
            raise error_of(status)
        return _value_of(field)

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str):
            return False
        try:
            self[key]
        except KeyError:
            return False
        return True

    def get(self, key: str, default: object = None) -> object:
        """Returns the value of a field, or `default` if there is none of that name so far."""
        try:
            return self[key]
        except KeyError:
            return default

    def __setitem__(self, key: str, value: object) -> None:
        """Adds a field, or overrides one; the values are those of `Logger.info`.

        Raises:
            TypeError: The value is a dict, or this is a scheduler.
        """
        if not self._writable:
            raise TypeError("a scheduler changes no record")
        if isinstance(value, dict):
            raise TypeError("a hook adds no groups")
        field, keep = _field_of(key, value)
        status = library.alog_record_field_set(self._valid(), ctypes.byref(field))
        del keep  # until here it had to live
        if status != Status.OK:
            raise error_of(status)

    def __repr__(self) -> str:
        return "<alog.Record>" if self._pointer is None else f"<alog.Record {self.level.name} {self.message!r}>"

    def _valid(self) -> int:
        if self._pointer is None:
            raise RuntimeError("a record is of use only during the call that it was given to")
        return self._pointer

    def _text(self, ask: Callable[..., int]) -> str:
        text, length = ctypes.c_void_p(), ctypes.c_size_t()
        status = ask(self._valid(), ctypes.byref(text), ctypes.byref(length))
        if status != Status.OK:
            raise error_of(status)
        return _octets(text.value, length.value).decode("utf-8", "surrogateescape")


Hook = Callable[[Record], object]
"""A hook: is called with each record; what it returns is not used."""
Scheduler = Callable[[Record, int], int]
"""A scheduler: is called with each record and the number of workers; returns the number of one, from 0."""


def _octets(address: Optional[int], length: int) -> bytes:
    return ctypes.string_at(address, length) if address else b""


def _value_of(field: AlogField) -> object:
    kind, value = field.type, field.value
    if kind in (_native.FIELD_STR, _native.FIELD_BYTES, _native.FIELD_GROUP):
        octets = _octets(value.bytes.ptr, value.bytes.len)
        if kind == _native.FIELD_GROUP:
            return decode(octets)
        return octets if kind == _native.FIELD_BYTES else octets.decode("utf-8", "surrogateescape")
    if kind == _native.FIELD_BOOL:
        return bool(value.u64)
    if kind == _native.FIELD_F64:
        return float(value.f64)
    return {_native.FIELD_I64: value.i64, _native.FIELD_U64: value.u64}.get(kind)


def _field_of(key: str, value: object) -> tuple[AlogField, bytes]:
    """Makes a field; and returns the bytes that it points into."""
    octets = key.encode("utf-8", SURROGATES)[:MAX_KEY]
    encoded = encode({key: value})
    field = AlogField(octets, len(octets), encoded[0])
    data = encoded[8 + len(octets) :]
    if field.type in (_native.FIELD_STR, _native.FIELD_BYTES):
        field.value.bytes.ptr = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p)
        field.value.bytes.len = len(data)
    elif field.type == _native.FIELD_BOOL:
        field.value.u64 = data[0]
    elif data:
        ctypes.memmove(ctypes.addressof(field.value), data, len(data))
    return field, data
