"""The control interface, the process and its memory of things: what plays, looks and starts anew."""

from __future__ import annotations

import ast
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import helpdesk.sandbox
from helpdesk.sandbox import drawing, samples
from helpdesk.sandbox.server import serve
from tests.sandbox.conftest import ACCOUNT, CUSTOMER, OUTLET, PAGE_TOKEN, TOKEN, Box, Hook, configured

PACKAGE = Path(helpdesk.sandbox.__file__).parent


def test_it_needs_the_standard_library_alone_and_nothing_of_ours():
    strangers = set()
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            else:
                assert not isinstance(node, ast.ImportFrom) or node.level == 1
                continue
            strangers |= {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names}
    assert strangers == set()


def test_the_state_tells_everything_but_secrets(box: Box):
    box.say(text="hello")
    box.fault("no_echo", what="send")

    state = box.state()

    assert [row["account_id"] for row in state["accounts"]] == [ACCOUNT, OUTLET]
    assert state["chats"][0]["line"] == "hello"
    assert state["faults"][0]["deed"] == "no_echo"
    assert state["deliveries"]["last"][0]["status"] == 200
    assert not {TOKEN, PAGE_TOKEN, "example_app_secret"} & set(json.dumps(state).replace('"', " ").split())


def test_the_record_keeps_the_order_of_everything_that_showed_on_the_phone(box: Box):
    mid = box.say(text="hello")["mid"]
    box.act("mark_seen")
    box.act("typing_on")
    replies = [{"content_type": "text", "title": "Yes", "payload": "Y"}]
    sent = box.send({"text": "M?", "quick_replies": replies}, reply_to={"mid": mid}).json["message_id"]
    box.act("react", payload={"message_id": mid, "reaction": "love"})
    box.act("unreact", payload={"message_id": mid})
    box.act("typing_off")

    rows = box.received()

    kinds = ["mark_seen", "typing_on", "message", "react", "unreact", "typing_off"]
    assert [row["kind"] for row in rows] == kinds
    assert [row["number"] for row in rows] == list(range(1, 7))
    message = rows[2]
    assert (message["mid"], message["reply_to"], message["quick_replies"]) == (sent, mid, replies)
    assert rows[3]["reaction"] == "love"
    assert rows[3]["mid"] == mid


def test_a_reset_forgets_people_chats_and_faults_but_not_accounts(box: Box, hook: Hook):
    box.say(text="hello")
    box.fault("no_echo")
    box.ask("POST", "/sandbox/clock", {"offset_seconds": 60})

    box.ask("POST", "/sandbox/reset")

    state = box.state()
    assert (state["customers"], state["chats"], state["faults"]) == ([], [], [])
    assert state["clock"]["offset_seconds"] == 0
    assert len(state["accounts"]) == 2
    assert box.send({"text": "hi"}).error == (100, 2534014)


def test_somebody_new_is_made_on_first_use_and_is_the_same_person_after_a_reset(box: Box):
    box.say(text="hello")
    first = box.state()["customers"][0]
    box.ask("POST", "/sandbox/reset")

    box.say(text="hello again")

    assert box.state()["customers"][0] == first
    assert first["name"]


def test_a_customer_sends_a_file_of_their_own(box: Box, hook: Hook):
    content = drawing.portrait(10, 32)
    uploaded = box.ask("POST", "/sandbox/media?name=me.png", content, {"Content-Type": "image/png"}).json

    box.say(attachments=[{"key": uploaded["key"], "type": uploaded["type"]}])

    url = hook.bodies[0]["entry"][0]["messaging"][0]["message"]["attachments"][0]["payload"]["url"]
    assert box.ask("GET", url.removeprefix(box.url)).raw == content
    script = box.ask("POST", "/sandbox/media", b"<svg/>", {"Content-Type": "image/svg+xml"}).json
    assert script["content_type"] == "application/octet-stream"


@pytest.mark.parametrize("name", samples.NAMES)
def test_every_sample_is_what_it_says(name: str, box: Box):
    beginnings = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG", "image/gif": b"GIF89a", "audio/wav": b"RIFF"}
    beginnings |= {"video/mp4": b"\0\0\0", "application/pdf": b"%PDF-1.4"}

    answer = box.ask("GET", box.sample(name).removeprefix(box.url))

    assert answer.raw.startswith(beginnings[answer.headers["content-type"]])
    assert len(answer.raw) < 60_000


def test_a_player_may_ask_for_a_part(box: Box):
    path = box.sample("voice").removeprefix(box.url)

    part = box.ask("GET", path, headers={"Range": "bytes=4-7"})
    beyond = box.ask("GET", path, headers={"Range": "bytes=9999999-"})

    assert (part.status, len(part.raw), part.headers["content-range"][:10]) == (206, 4, "bytes 4-7/")
    assert beyond.status == 416


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"/sandbox/customers/{CUSTOMER}/messages", {"kind": "telepathy"}),
        ("POST", f"/sandbox/customers/{CUSTOMER}/messages", {"text": "hi", "inbox": "1"}),
        ("POST", f"/sandbox/customers/{CUSTOMER}/messages", {}),
        ("POST", f"/sandbox/customers/{CUSTOMER}/messages", {"kind": "unsend", "mid": "nothing"}),
        ("POST", f"/sandbox/customers/{CUSTOMER}/messages", {"attachments": [{"type": "image", "name": "yeti"}]}),
        ("POST", f"/sandbox/customers/{CUSTOMER}/messages", {"attachments": [7]}),
        ("POST", f"/sandbox/customers/{CUSTOMER}/messages", b"[1]"),
        ("POST", f"/sandbox/customers/{CUSTOMER}/messages", b"{"),
        ("POST", f"/sandbox/customers/{CUSTOMER}", {"shoe_size": 41}),
        ("POST", "/sandbox/clock", {"offset_seconds": "soon"}),
        ("POST", "/sandbox/reload", {}),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(method: str, path: str, body: object, box: Box):
    answer = box.ask(method, path, body)

    assert answer.status == 400
    assert answer.json["error"]


def test_an_unknown_path_is_not_found(box: Box):
    for path in ("/sandbox/nothing", "/page/../server.py", "/page/..%2fserver.py", "/elsewhere"):
        assert box.ask("GET", path).status == 404


def test_pages_of_other_places_may_not_play_with_it(box: Box):
    strange = {"Origin": "https://evil.example"}
    assert box.ask("POST", "/sandbox/reset", headers=strange).status == 403
    assert box.ask("GET", "/sandbox/state", headers={"Host": "evil.example"}).status == 403
    assert box.ask("POST", "/sandbox/reset", headers={"Origin": box.url}).status == 200


def test_it_listens_to_this_machine_alone():
    with pytest.raises(ValueError, match="loopback"):
        serve({}, host="0.0.0.0")


def test_the_stream_tells_which_chat_changed(box: Box):
    connection = http.client.HTTPConnection("127.0.0.1", box.running.port, timeout=5)
    connection.request("GET", "/sandbox/changes")
    answer = connection.getresponse()
    assert answer.getheader("Content-Type") == "text/event-stream"
    answer.readline()
    answer.readline()
    box.say(text="hello")

    lines = [answer.readline() for _ in range(2)]

    data = json.loads(lines[1].removeprefix(b"data: "))
    assert [ACCOUNT, CUSTOMER] in data["chats"]
    connection.close()


# --- as a process -------------------------------------------------------------------------------------------------


class Process:
    def __init__(self, directory: Path, hook: Hook) -> None:
        self.config = directory / "accounts.json"
        self.config.write_text(json.dumps(configured(hook.url)))
        self.data = directory / "data"

    def __enter__(self) -> Process:
        command = [sys.executable, "-m", "helpdesk.sandbox", "--config", str(self.config), "--port", "0"]
        self.process = subprocess.Popen([*command, "--data", str(self.data)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0


class _Far(Box):
    def __init__(self, url: str) -> None:
        self.url = url


def test_the_process_is_small_ends_on_request_and_remembers_its_chats(tmp_path: Path, hook: Hook):
    with Process(tmp_path, hook) as process:
        box = _Far(process.url)
        resident = _resident(process.process.pid)
        box.say(text="hello")
        box.send({"text": "hi"})
        before = box.received()
    assert resident <= 30 * 2**20  # measured: 24.5 MB with Python 3.11

    with Process(tmp_path, hook) as process:
        box = _Far(process.url)
        assert box.received() == before
        assert box.send({"text": "still here"}).status == 200


def test_it_reads_its_accounts_again_when_the_file_changes(tmp_path: Path, hook: Hook):
    with Process(tmp_path, hook) as process:
        box = _Far(process.url)
        assert box.get("/instagram/v25.0/me", "fresh", fields="id").error == (190, None)

        changed = configured(hook.url, access_token="fresh")
        process.config.write_text(json.dumps(changed))
        os.utime(process.config, (time.time() + 5, time.time() + 5))
        assert box.get("/instagram/v25.0/me", "fresh", fields="user_id").json["user_id"] == ACCOUNT

        process.config.write_text("{")
        assert box.ask("POST", "/sandbox/reload").status == 400
        assert box.get("/instagram/v25.0/me", "fresh", fields="id").status == 200


@pytest.mark.parametrize("content", ["{", "[]", '{"accounts": [{}]}', '{"accounts": 7}'])
def test_a_file_that_cannot_be_used_stops_the_start_with_one_line(content: str, tmp_path: Path):
    config = tmp_path / "accounts.json"
    config.write_text(content)
    command = [sys.executable, "-m", "helpdesk.sandbox", "--config", str(config), "--port", "0"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=20)

    assert done.returncode == 2
    assert done.stderr.startswith("sandbox: ")
    assert done.stderr.count("\n") == 1


def _resident(pid: int) -> int:
    """Bytes of memory that the process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")
