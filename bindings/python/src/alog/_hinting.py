"""Says which keyword argument was meant where one is misspelt, on every version of Python, as 3.13 does by itself."""

from __future__ import annotations

import functools
import types
from typing import Any, Callable, NoReturn, TypeVar, cast

_F = TypeVar("_F", bound=Callable[..., Any])


def hinting(function: _F) -> _F:
    """Makes a function refuse a keyword argument that it has not by naming the nearest one that it has."""
    code = function.__code__
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    def refuse(given: str) -> NoReturn:
        import difflib  # for this alone

        near = difflib.get_close_matches(given.lower(), known[1:], 1)
        meant = f". Did you mean {near[0]!r}?" if near else ""
        raise TypeError(f"{function.__qualname__}() got an unexpected keyword argument {given!r}{meant}")

    def checked(*args: Any, **kwargs: Any) -> Any:
        for given in kwargs:
            if given not in known:
                refuse(given)
        return function(*args, **kwargs)

    # With the globals of its module: doctest takes it for one of another module otherwise.
    made = types.FunctionType(checked.__code__, function.__globals__, closure=checked.__closure__)
    return cast(_F, functools.update_wrapper(made, function))
