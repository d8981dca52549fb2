"""A real headless browser over the DevTools protocol: nothing but a Chromium on this machine is needed."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CODES = {"Backspace": (8, ""), "Escape": (27, ""), " ": (32, " ")}


def browser_path() -> str:
    """The browser of this machine; a test that needs one is skipped where there is none."""
    found = os.environ.get("CHROME") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if not found:
        pytest.skip(f"no browser: install one of {', '.join(NAMES)}, or name one in the variable CHROME")
    return found


class Page:
    """One tab of a browser of its own, with its own cookies."""

    def __init__(self, profile: Path) -> None:
        self._process = subprocess.Popen(
            [
                browser_path(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
                "--no-first-run",
                "--disable-extensions",
                "--disable-background-networking",
                "--force-color-profile=srgb",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        file = profile / "DevToolsActivePort"
        until(lambda: file.is_file() and len(file.read_text().split()) == 2, "the browser starts", 60)
        port, _ = file.read_text().split()
        import urllib.request

        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=30) as answer:
            target = next(each for each in json.load(answer) if each["type"] == "page")
        self._socket = connect(target["webSocketDebuggerUrl"], max_size=None, max_queue=None, open_timeout=60)
        self._number = 0
        self.requests: list[str] = []
        self.errors: list[str] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        self._socket.close()
        self._process.kill()
        self._process.wait(30)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=60))
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]
            self._noted(message)

    def _noted(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        elif message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(message["params"]["exceptionDetails"])[:500])
        elif message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            self.errors.append(message["params"]["entry"]["text"])

    def ask(self, script: str) -> Any:
        """The value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)
        until(
            lambda: self.ask("location.href !== 'about:blank' && document.readyState") == "complete", "the page loads"
        )

    def reload(self) -> None:
        self.ask("window.old = true")
        self.call("Page.reload")
        until(lambda: self.ask("window.old !== true && document.readyState") == "complete", "the page loads again")

    def reload_plain(self) -> None:
        """Load again where no script may run to tell when."""
        self.call("Page.reload")
        time.sleep(0.3)
        until(lambda: self._node("body"), "the page loads again")

    def _node(self, selector: str) -> int:
        """The element's node; 0 where there is none, or the page has just gone away."""
        try:
            root = self.call("DOM.getDocument")["root"]["nodeId"]
            return int(self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"])
        except AssertionError:
            return 0

    def click(self, selector: str) -> None:
        """Click in the middle of an element, without any script of the page."""
        until(lambda: self._node(selector), f"{selector} is there")
        node = self._node(selector)
        self.call("DOM.scrollIntoViewIfNeeded", nodeId=node)
        box = self.call("DOM.getBoxModel", nodeId=node)["model"]["border"]
        place = {"x": (box[0] + box[4]) / 2, "y": (box[1] + box[5]) / 2, "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, **place)
        time.sleep(0.3)

    def press(self, keys: str | list[str], pause: float = 0.03) -> None:
        """Keys one after another, so many seconds apart, sent without waiting for what they do."""
        for key in keys:
            begun = time.monotonic()
            code, text = CODES[key] if key in CODES else (ord(key.upper()), key)
            event = {"key": key, "windowsVirtualKeyCode": code, "text": text}
            for kind in ("keyDown", "keyUp"):
                self._number += 1
                self._socket.send(
                    json.dumps(
                        {"id": self._number, "method": "Input.dispatchKeyEvent", "params": {"type": kind, **event}}
                    )
                )
            time.sleep(max(pause - (time.monotonic() - begun), 0.0))

    def size(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)

    def script(self, *, on: bool) -> None:
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def picture(self, file: Path, *, whole: bool = False) -> None:
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        file.write_bytes(base64.b64decode(data))


def until(holds: Any, what: str, seconds: float = 30.0) -> Any:
    """Wait until something holds; what does not come true in time fails the test by name."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s: {what}"
        time.sleep(0.05)
    return found
