"""The standard library's own tests of ``logging``, with handlers and loggers of alog in the place of its own."""

from __future__ import annotations

import importlib.util

import pytest

from conftest import Script

TESTS = "test.test_logging"

CLASSES = [
    "BasicConfigTest",
    "BasicFilterTest",
    "BuiltinLevelsTest",
    "ChildLoggerTest",
    "ConfigDictTest",
    "ConfigFileTest",
    "CustomLevelsAndFiltersTest",
    "EncodingTest",
    "ExceptionTest",
    "HandlerTest",
    "LastResortTest",
    "LogRecordFactoryTest",
    "LogRecordTest",
    "LoggerAdapterTest",
    "LoggerTest",
    "ManagerTest",
    "MemoryHandlerTest",
    "MemoryTest",
    "ModuleLevelMiscTest",
    "QueueHandlerTest",
    "QueueListenerTest",
    "ShutdownTest",
    "WarningsTest",
]

NOT_FOR_US = {
    "BasicConfigTest.test_force": "expects the format that basicConfig sets by itself, which counts as none here",
    "ConfigDictTest.test_config14_ok": "sets another end of lines, as only a StreamHandler has it",
    "HandlerTest.test_builtin_handlers": "makes the handlers of the standard library",
    "HandlerTest.test_path_objects": "as above",
    "HandlerTest.test_race": "as above",
    "HandlerTest.test_post_fork_child_no_deadlock": "forks with a StreamHandler that it makes itself",
    "ConfigFileTest.test_config8_ok": "files: a FileHandler is made of the StreamHandler that is replaced",
    "ConfigDictTest.test_config15_ok": "as above",
    "ConfigDictTest.test_config_queue_handler": "as above",
    "ConfigDictTest.test_multiprocessing_queues": "as above",
    "HandlerTest.test_pathlike_objects": "as above",
    "EncodingTest.test_encoding_plain_file": "as above",
}
FILES = ("BasicConfigTest.test_encoding", "BasicConfigTest.test_file", "BasicConfigTest.test_log_")

PROGRAM = """
import importlib, json, logging, sys, unittest
import alog
classes, left_out, files, loggers = json.loads(sys.argv[1])

class Through(alog.Handler):
    # What a StreamHandler is, as far as the tests see one: each record is in the stream when the call returns.
    def __init__(self, stream=None):
        self.stream = sys.stderr if stream is None else stream
        super().__init__(alog.Sink(self.stream.write, name="stream", text=True), format="raw")

    def emit(self, record):
        super().emit(record)
        self.flush()

logging.StreamHandler = Through
if loggers:
    logging.setLoggerClass(alog.StandardLogger)
module = importlib.import_module("test.test_logging")
suite = unittest.TestSuite()
for name in classes:
    kind = getattr(module, name, None)  # versions differ
    for method in unittest.defaultTestLoader.getTestCaseNames(kind) if kind else ():
        label = f"{name}.{method}"
        if label not in left_out and not label.startswith(tuple(files)):
            suite.addTest(kind(method))
result = unittest.TextTestRunner(stream=sys.stdout).run(suite)
print(result.testsRun, "tests of the standard library")
sys.exit(not result.wasSuccessful() or result.testsRun < 80)
"""


@pytest.mark.skipif(importlib.util.find_spec(TESTS) is None, reason=f"this Python comes without {TESTS}")
@pytest.mark.parametrize("loggers", [False, True], ids=["handler", "handler and loggers"])
def test_the_standard_library_passes_its_tests(script: Script, loggers: bool) -> None:
    import json

    script(PROGRAM, json.dumps([CLASSES, sorted(NOT_FOR_US), FILES, loggers]))
