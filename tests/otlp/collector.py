"""A collector that understands what OpenTelemetry's own definitions say, and nothing else.

Listens on a port that the system picks and prints it as the first line. Then prints one line of JSON for each
request: its path, its headers, and its message as the definitions name its parts (`request`) or why it is none
(`error`). Ends when its standard input does.
"""

import gzip
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)


def decoded(body):
    """The request in `body`, every byte of which belongs to it."""
    request = ExportLogsServiceRequest.FromString(body)
    request.DiscardUnknownFields()
    if request.ByteSize() != len(body):
        raise DecodeError(f"{len(body)} bytes, of which the definitions know {request.ByteSize()}")
    return MessageToDict(request, preserving_proto_field_name=True)


class Collector(BaseHTTPRequestHandler):
    """Takes every request that can be decoded."""

    protocol_version = "HTTP/1.1"
    printing = threading.Lock()

    def do_POST(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = {"path": self.path, "headers": headers}
        body = self.rfile.read(int(headers["content-length"]))
        try:
            if headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            told["request"] = decoded(body)
            status, answer = 200, ExportLogsServiceResponse().SerializeToString()
        except (DecodeError, OSError) as error:
            told["error"] = str(error)
            status, answer = 400, b""
        with self.printing:
            print(json.dumps(told), flush=True)
        self.send_response(status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format, *arguments):
        """Says nothing: what there is to say is in the answers."""


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
