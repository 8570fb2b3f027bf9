"""A server that misbehaves as it is asked to: GET /BEHAVIOUR/NAME gives a file of the folder that is its argument.

It prints its port, logs each request to the file `requests` in the folder (behaviour, name, Range), and ends when its
standard input does. Standard library only.
"""

import http.server
import os
import socket
import struct
import sys
import threading
import time

FOLDER = sys.argv[1]
counts = {}
guard = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.close_connection = True
        behaviour, _, name = self.path.lstrip("/").partition("/")
        wanted = self.headers.get("Range")
        with guard:
            number = counts[behaviour] = counts.get(behaviour, 0) + 1
            with open(os.path.join(FOLDER, "requests"), "a") as log:
                log.write(f"{behaviour} {name} {wanted or '-'}\n")
        if behaviour in ("403", "404", "503"):
            return self.answer(int(behaviour), b"no")
        if behaviour == "twice503" and number <= 2:
            return self.answer(503, b"busy", {"Retry-After": "0"})
        if behaviour == "redirect":
            return self.answer(302, b"elsewhere", {"Location": f"/ok/{name}"})
        if behaviour == "loop":
            return self.answer(302, b"again", {"Location": f"/loop/{name}"})
        if behaviour == "tofile":
            return self.answer(302, b"inside", {"Location": f"file://{FOLDER}/{name}"})
        if behaviour == "page":
            return self.answer(200, b"<html>Log in first</html>", {"Content-Type": "text/html"})
        if behaviour == "reset":
            # A connection that is closed with bytes unread is reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return self.connection.close()
        with open(os.path.join(FOLDER, name), "rb") as file:
            content = file.read()
        if behaviour == "corrupt" or behaviour == "corruptonce" and number == 1:
            content = content[:1000] + bytes([content[1000] ^ 1]) + content[1001:]
        self.send(behaviour, number, content, wanted)

    def send(self, behaviour, number, content, wanted):
        first = int(wanted[len("bytes="):].split("-")[0]) if wanted else 0
        total = len(content)
        if behaviour in ("ignorerange", "truncateall", "longer", "chunked"):
            first = 0
        if behaviour == "refuserange" and first > 0:
            return self.answer(416, b"no such range")
        part = content[first:]
        if behaviour == "otherrange" and first > 0:
            first, part = 0, content
            self.send_response(206)
            self.send_header("Content-Range", f"bytes 0-{total - 1}/{total}")
        elif first > 0:
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{total - 1}/{total}")
        else:
            self.send_response(200)
        if behaviour == "longer":
            part = content + b"more"
        if behaviour not in ("longer", "chunked", "shorter"):
            self.send_header("Content-Length", str(len(part)))
        self.send_header("Connection", "close")
        self.end_headers()
        if behaviour == "shorter":
            part = part[: len(part) // 2]
        if behaviour == "trickle":
            for byte in part[:60]:
                time.sleep(0.1)
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            return
        if behaviour == "truncate":
            self.wfile.write(part[:100_000])
            return
        if behaviour == "truncateall" or behaviour in ("stall", "otherrange", "refuserange") and number == 1:
            self.wfile.write(part[: (len(part) + 1) // 2] if total > 0 else part)
            self.wfile.flush()
            if behaviour == "stall":
                time.sleep(6)
            return
        self.wfile.write(part)

    def answer(self, status, body, headers={}):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
