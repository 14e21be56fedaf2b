#!/usr/bin/env bash
# Checks the Python package: types, tests in the tree, with its builtins and with ctypes alone, and the tests again with
# the package as pip installs it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

root=$PWD
python=$root/target/venv/bin/python
purelib='import sysconfig; print(sysconfig.get_path("purelib"))'

(cd bindings/python && "$python" -m mypy && "$python" -m pytest -q)
# Without the tests of the package itself: types, wheels and documents are the same.
(cd bindings/python && ALOG_PYTHON=ctypes "$python" -m pytest -q --ignore tests/test_package.py tests)
for demo in examples/demo examples/demo/python examples/together bindings/c; do
    MYPYPATH=examples/demo:bindings/python/src \
        "$python" -m mypy --strict --cache-dir target/python/mypy-demo "$demo"/*.py
done

# A new environment with nothing but the package in it; pytest and setuptools come from the other by a path file.
fresh=target/venv-installed
"$python" -m venv --clear --without-pip "$fresh"
"$python" -c "$purelib" >"$("$fresh/bin/python" -c "$purelib")/tools.pth"
"$fresh/bin/python" -m pip install -q --disable-pip-version-check --no-index --no-build-isolation ./bindings/python
"$fresh/bin/python" -I -c 'import alog; print("installed:", alog.__version__, alog.__file__)'
(cd bindings/python && "$root/$fresh/bin/python" -m pytest -q -o pythonpath= tests)
