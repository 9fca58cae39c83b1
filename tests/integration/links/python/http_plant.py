"""A plant behind HTTP: behaves as its path says, and keeps a list of what it was asked to write.

Usage: http_plant.py [certificate key]; prints its port. GET /writes gives the list: method, path, body, headers.
Each path holds {"speed": value} of its own, 600 at first.
"""

import json
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOCK = threading.Lock()
WRITES = []
HELD = {}
VERSIONS = {}
TOKEN = "Bearer open sesame"


class Plant(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=(), date=True):
        self.send_response_only(status)
        if date:
            self.send_header("Date", self.date_time_string())
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def held(self):
        return HELD.get(self.path, 600)

    def do_GET(self):
        with LOCK:
            if self.path == "/writes":
                return self.answer(200, json.dumps(WRITES).encode())
            held, version = self.held(), VERSIONS.get(self.path, 0)
        body = json.dumps({"speed": held}).encode()
        match self.path.strip("/"):
            case "old":
                self.answer(200, body, [("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Age", "9")], date=False)
            case "undated":
                self.answer(200, body, date=False)
            case "timed":
                self.answer(200, json.dumps({"speed": held, "at": 1_600_000_000, "quality": "bad"}).encode())
            case "text":
                self.answer(200, f"SP={held};\n".encode())
            case "version" | "conflict":
                self.answer(200, body, [("ETag", f'"v{version}"')])
            case "weak":
                self.answer(200, body, [("ETag", f'W/"v{version}"')])
            case "token" if self.headers["Authorization"] != TOKEN:
                self.answer(401)
            case "huge":
                self.send_response(200)
                self.end_headers()
                self.flood()
            case "broken":
                self.answer(200, b'{"speed": ')
            case "redirect":
                self.answer(307, headers=[("Location", "/ok")])
            case "slow":
                time.sleep(2)
                self.answer(200, body)
            case "missing":
                self.answer(404)
            case _:
                self.answer(200, body)

    def flood(self):
        """Far more than anybody wants, until they hang up."""
        self.close_connection = True
        try:
            for _ in range(1_000):
                self.wfile.write(b"x" * 100_000)
        except OSError:
            pass

    def take(self, body):
        value = json.loads(body)["speed"] if body.startswith("{") else float(body.strip("SP=;"))
        with LOCK:
            HELD[self.path] = value
            VERSIONS[self.path] = VERSIONS.get(self.path, 0) + 1

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with LOCK:
            headers = {name.lower(): value for name, value in self.headers.items()}
            WRITES.append([self.command, self.path, body, headers])
            version = VERSIONS.get(self.path, 0)
        match self.path.strip("/"):
            case "reject":
                self.answer(422, b"speed is out of range\nfor this product")
            case "method":
                self.answer(405)
            case "failed":
                self.take(body)
                self.answer(500, b"the PLC does not answer")
            case "slow":
                time.sleep(2)
                self.take(body)
                self.answer(200)
            case "endless":
                self.take(body)
                self.send_response(200)
                self.send_header("Content-Length", "10")
                self.end_headers()
                time.sleep(2)
                self.close_connection = True
            case "hangup":
                self.close_connection = True
            case "partial":
                self.wfile.write(b"HTTP/1.1 20")
                self.close_connection = True
            case "redirect":
                self.answer(307, headers=[("Location", "/ok")])
            case "seeother":
                self.answer(303, headers=[("Location", "/ok")])
            case "huge":
                self.take(body)
                self.send_response(400)
                self.end_headers()
                self.flood()
            case "version" if self.headers["If-Match"] != f'"v{version}"':
                self.answer(428 if self.headers["If-Match"] is None else 412)
            case "conflict":
                self.answer(412)
            case "token" if self.headers["Authorization"] != TOKEN:
                self.answer(401, b"who are you?")
            case "clamped":
                self.take('{"speed": 590}')
                self.answer(200, b'{"status": "clamped", "reason": "590 at most"}')
            case "no":
                self.answer(200, b'{"status": "rejected", "reason": "in HOLD"}')
            case _:
                self.take(body)
                self.answer(204)

    do_POST = do_PUT


server = ThreadingHTTPServer(("127.0.0.1", 0), Plant)
server.daemon_threads = True
if len(sys.argv) > 1:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
