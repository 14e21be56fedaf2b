"""Messages as bytes: every ``str`` has an encoding, and none raises."""

from __future__ import annotations

import codecs
from typing import Final, Union

Message = Union[str, bytes, bytearray, memoryview]
"""What can be logged. A ``str`` is encoded as UTF-8; bytes are taken as they are."""

SURROGATES: Final = "alog.surrogates"
"""The name of the error handler below, for ``str.encode``."""


def _encode_surrogates(error: UnicodeError) -> tuple[bytes, int]:
    """Encodes what UTF-8 has no place for.

    U+DC80 to U+DCFF stand for a byte that Python could not decode (a file name, ``os.environ``): that byte comes back.
    Every other surrogate becomes the three bytes that it would have in UTF-8. The text format shows both as ``\\xNN``.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    encoded = bytearray()
    for character in error.object[error.start : error.end]:
        if "\udc80" <= character <= "\udcff":
            encoded.append(ord(character) - 0xDC00)
        else:
            encoded += character.encode("utf-8", "surrogatepass")
    return bytes(encoded), error.end


codecs.register_error(SURROGATES, _encode_surrogates)


def octets(message: Message) -> bytes:
    """Returns the bytes of a message.

    Raises:
        TypeError: It is neither text nor bytes.
    """
    if isinstance(message, str):
        return message.encode("utf-8", SURROGATES)
    if isinstance(message, (bytes, bytearray, memoryview)):
        return bytes(message)
    raise TypeError(f"a message is str or bytes, not {type(message).__name__}")


def setting(value: str) -> bytes:
    """Returns a setting or a specification as a C string.

    Raises:
        ValueError: It contains a NUL, where C would take it to end.
    """
    if "\0" in value:
        raise ValueError(f"a NUL in {value!r}")
    return value.encode("utf-8", SURROGATES)
