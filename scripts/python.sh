#!/usr/bin/env bash
# Checks the Python package: types, tests in the tree, with its builtins and with ctypes alone, the tests again with
# the wheel as pip installs it, and the source distribution as pip builds it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/beside.sh

root=$PWD
python=$root/target/venv/bin/python
purelib='import sysconfig; print(sysconfig.get_path("purelib"))'

# fresh DIRECTORY FILE...: a new environment with nothing but that in it; pytest and setuptools come from the other by
# a path file.
fresh() {
    "$python" -m venv --clear --without-pip "$1"
    "$python" -c "$purelib" >"$("$1/bin/python" -c "$purelib")/tools.pth"
    "$1/bin/python" -m pip install -q --disable-pip-version-check --no-index --no-build-isolation "${@:2}"
    "$1/bin/python" -I -c 'import alog; print("installed:", alog.__version__, alog.__file__)'
}

# Without the tests of the package itself: types, wheels and documents are the same.
with_ctypes() {
    local once=(--ignore tests/test_package.py --ignore tests/test_types.py --ignore tests/test_wheel.py)
    cd bindings/python && ALOG_PYTHON=ctypes "$python" -m pytest -q -p no:cacheprovider "${once[@]}" tests
}
# One of the tests runs mypy, another one pyright.
with_builtins() { cd bindings/python && "$python" -m pytest -q; }
beside target/python-ctypes.txt with_ctypes with_builtins

for demo in examples/demo examples/demo/python examples/together bindings/c; do
    MYPYPATH=examples/demo:bindings/python/src \
        "$python" -m mypy --strict --cache-dir target/python/mypy-demo "$demo"/*.py
done

bash scripts/wheel.sh
fresh target/venv-installed target/dist/*.whl
(cd bindings/python && "$root/target/venv-installed/bin/python" -m pytest -q -o pythonpath= tests)

CARGO_TARGET_DIR=$root/target/sdist fresh target/venv-built target/dist/*.tar.gz
target/venv-built/bin/python -I -c 'import alog, io
lines = io.StringIO()
with alog.Logger(lines, format="raw") as log:
    assert log.info("built from the sources") and alog.library_version() == alog.__version__
print(lines.getvalue(), end="")'
