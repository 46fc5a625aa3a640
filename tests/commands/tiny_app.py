"""A WSGI application for tests of the server under it: echoes how much it was sent, takes up to 1 MiB."""

from __future__ import annotations

import time
from pathlib import Path

from flask import Flask, Response, request

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 2**20


@app.get("/")
def index() -> str:
    return "hello"


@app.post("/")
def echo() -> str:
    return f"{len(request.get_data())} bytes"


@app.get("/slow")
def slow() -> str:
    Path(request.args["tell"]).touch()
    time.sleep(1)
    return "at last"


@app.get("/large")
def large() -> Response:
    return Response(b"x" * 300_000)
