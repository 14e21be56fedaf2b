"""What is shown of containers that contain each other: what contains itself ends, and what shares much stays small."""

from __future__ import annotations

from typing import Any, Final

DEEPEST: Final = 32
"""How deep groups may nest; what is deeper is shown as text."""
DEEPEST_TEXT: Final = 100
"""How deep containers may nest as text; each takes space on the stack, of which there is enough for these."""
SHARED_BYTES: Final = 1 << 16
"""After so much a container is not shown a second time: n of them, each twice in the next one, would be 2**n."""
MOST_BYTES: Final = 1 << 22
"""After so much none is shown any more, for some make new ones whenever they are asked: four times the longest record
that there is by default."""

_CONTAINERS: Final = (dict, list, tuple)
_is_plain: Final = frozenset((str, int, float, bool, type(None))).issuperset


class Nesting:
    """The way through the containers of one field. What of them is not shown appears as Python shows what contains
    itself: ``{...}``, ``[...]``, ``(...)``."""

    __slots__ = ("_is_cut", "_seen", "_within", "size")

    def __init__(self) -> None:
        self.size = 0  # bytes, about
        self._within: set[int] = set()  # the containers around, by their addresses
        self._seen: dict[int, object] = {}  # all so far; kept, so that no other one gets the address
        self._is_cut = False

    @property
    def depth(self) -> int:
        """How many containers are around."""
        return len(self._within)

    def enter(self, value: object) -> bool:
        """Tells that the members of a container follow, up to `leave`; False if it is not to be shown."""
        address = id(value)
        if address in self._within or self.size > MOST_BYTES or (self.size > SHARED_BYTES and address in self._seen):
            return False
        self._within.add(address)
        self._seen[address] = value
        return True

    def leave(self, value: object) -> None:
        """Tells that the members are over."""
        self._within.remove(id(value))

    def whole(self, value: Any) -> Any:
        """Returns a dict, a list or a tuple that can be shown whole: itself, or a copy without what is not shown."""
        copy = self._copy(value)
        return copy if self._is_cut else value

    def _copy(self, value: Any) -> Any:
        is_dict, is_tuple = isinstance(value, dict), isinstance(value, tuple)
        self.size += 8
        if self.depth >= DEEPEST_TEXT or not self.enter(value):
            self._is_cut = True
            return instead_of(value)
        try:
            if is_dict:
                return {key: self._member(member) for key, member in list(value.items())}
            members = [self._member(member) for member in list(value)]
            return tuple(members) if is_tuple else members
        finally:
            self.leave(value)

    def _member(self, value: Any) -> Any:
        if issubclass(type(value), _CONTAINERS):  # not isinstance: it asks the object, which may raise
            return self._copy(value)
        self.size += len(value) if type(value) is str else 8
        return value


SMALL: Final = Nesting()
"""Stands for one that need not be asked: all is shown."""


def nesting_in(value: Any, deepest: int) -> Nesting:
    """Returns a new one, or `SMALL` for a container with fewer others in it than may nest, which is found out fast."""
    return Nesting() if _left(value, deepest) < 0 else SMALL


def _left(value: Any, space: int) -> int:
    """Returns how many containers there is space for behind this one; below 0: not even for all that are in it."""
    if space <= 0 or type(value) not in _CONTAINERS:  # a subclass may have other members whenever it is asked
        return -1
    space -= 1
    members: Any = value.values() if type(value) is dict else value  # pyright: ignore[reportUnknownVariableType]
    if not _is_plain(map(type, members)):
        for member in list(members):
            if issubclass(type(member), _CONTAINERS):
                space = _left(member, space)
                if space < 0:
                    break
    return space


def instead_of(value: object) -> str:
    """Returns what stands for a container that is not shown."""
    return "{...}" if isinstance(value, dict) else "(...)" if isinstance(value, tuple) else "[...]"
