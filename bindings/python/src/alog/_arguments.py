"""What arguments are refused for: one that is misspelt, and one that is of a type that is not taken.

Functions that are called for each message have none of this: they refuse what they cannot use when they come to it.
"""

from __future__ import annotations

import functools
import inspect
import os
import types
from collections.abc import Iterable, Mapping
from typing import Any, Callable, Final, NoReturn, Optional, SupportsIndex, TypeVar, cast

_F = TypeVar("_F", bound=Callable[..., Any])
_Kind = tuple[Callable[[Any], bool], str]
"""Whether a value is of it, and what it is in words."""


def _is_list(value: object) -> bool:
    is_one = isinstance(value, (str, bytes, os.PathLike)) or hasattr(value, "write")
    return isinstance(value, Iterable) and not is_one


_KINDS: Final[dict[str, _Kind]] = {
    "str": (lambda it: isinstance(it, str), "a str"),
    "int": (lambda it: isinstance(it, SupportsIndex), "an int"),
    "Union[int, str]": (lambda it: isinstance(it, (SupportsIndex, str)), "an int or a str"),
    "Union[str, os.PathLike[str]]": (lambda it: isinstance(it, (str, os.PathLike)), "a str or a path"),
    "Union[str, Iterable[str]]": (lambda it: isinstance(it, str) or _is_list(it), "a str or a list of them"),
    "Mapping[str, object]": (lambda it: isinstance(it, Mapping), "a mapping such as a dict"),
    "Scheduler": (callable, "a callable"),
    "Union[str, Scheduler]": (lambda it: isinstance(it, str) or callable(it), "a name or a callable"),
    "Hooks": (_is_list, "a list of callables, or a dict of them with names"),
    "Iterable[Union[Target, Sink]]": (_is_list, "a list of sinks"),
}
"""By the annotations that say so. What has another one is judged by whoever uses it."""


def _kind_of(annotation: str) -> Optional[_Kind]:
    name = annotation.replace("'", "")
    if name.startswith("Optional["):
        base = name[len("Optional[") : -1]
    elif name.endswith(", None]"):
        base = name[: -len(", None]")] + "]"
    else:
        return _KINDS.get(name)
    kind = _KINDS.get(base)
    return kind and (lambda it: it is None or kind[0](it), f"{kind[1]} or None")


def refusal(name: str, takes: str, value: object) -> TypeError:
    """Makes the exception for an argument of a wrong type."""
    return TypeError(f"{name} is {takes}, not {type(value).__name__}")


def checker(function: Callable[..., Any]) -> Callable[[Iterable[tuple[str, object]]], None]:
    """Returns what refuses arguments, by their names, that are not of the types which a function is annotated with."""
    kinds = {name: kind for name, it in function.__annotations__.items() if (kind := _kind_of(it))}

    def check(arguments: Iterable[tuple[str, object]]) -> None:
        for name, value in arguments:
            kind = kinds.get(name)
            if kind is not None and not kind[0](value):
                raise refusal(name, kind[1], value)

    return check


def checked(function: _F) -> _F:
    """Makes a function refuse an argument of a wrong type by what it takes, and a keyword that it has not by the nearest
    one that it has, as Python does since 3.13."""
    code, check = function.__code__, checker(function)
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    by_place = known[: code.co_argcount]
    takes_all = code.co_flags & inspect.CO_VARKEYWORDS

    def refuse(given: str) -> NoReturn:
        import difflib  # for this alone

        near = difflib.get_close_matches(given.lower(), known[1:], 1)
        meant = f". Did you mean {near[0]!r}?" if near else ""
        raise TypeError(f"{function.__qualname__}() got an unexpected keyword argument {given!r}{meant}")

    def call(*args: Any, **kwargs: Any) -> Any:
        for given in kwargs:
            if given not in known and not takes_all:
                refuse(given)
        check(zip(by_place, args))
        check(kwargs.items())
        return function(*args, **kwargs)

    # With the globals of its module: doctest takes it for one of another module otherwise.
    made = types.FunctionType(call.__code__, function.__globals__, closure=call.__closure__)
    return cast(_F, functools.update_wrapper(made, function))
