"""Saved webhooks, posted by the make-believe platform as if a customer of this test had caused them."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

from tests.browser.desk import Customer
from tests.support import files
from tests.support.desk import PAYLOADS
from tests.support.running import RunningDesk

FOLDER = PAYLOADS / "instagram"
SAMPLES = {
    "image": ("photo.jpg", files.jpeg(120, 90)),
    "video": ("film.mp4", files.mp4()),
    "audio": ("voice.wav", files.wav()),
    "file": ("invoice.pdf", files.pdf()),
}
TYPES = {"image", "video", "audio", "file"}


class Sender:
    """Posts saved webhooks through the platform as if `customer` had caused them: the ids are this customer's own, the
    addresses of files ones that answer, all else is as saved."""

    def __init__(self, running: RunningDesk, customer: Customer) -> None:
        self.running, self.customer, self.mark = running, customer, uuid4().hex[:8]

    def __call__(self, name: str) -> dict[str, Any]:
        """Answers the delivery, with the `body` that was posted."""
        text = (FOLDER / f"{name}.json").read_text("utf-8")
        text = text.replace("1234500000000001", self.customer.id)
        payload = json.loads(re.sub(r'(?<="mid": ")[^"]+', lambda mid: mid.group() + self.mark, text))
        self._readdress(payload)
        payload.setdefault("entry", [{}])[0]["sent_for"] = self.mark  # no two tests send the same bytes
        body = json.dumps(payload, ensure_ascii=True)
        delivery = self.customer.sandbox.say(customer=self.customer.id, kind="raw", body=body)["delivery"]
        return {**delivery, "body": body}

    def _readdress(self, value: Any, kind: str = "image") -> None:
        if isinstance(value, list):
            for one in value:
                self._readdress(one, kind)
        if not isinstance(value, dict):
            return
        kind = {"ig_reel": "video", "reel": "video"}.get(str(value.get("type")), str(value.get("type", kind)))
        for name, inner in value.items():
            if isinstance(inner, str) and inner.startswith("https://lookaside"):
                value[name] = self._sample(kind if kind in TYPES else "image")
            else:
                self._readdress(inner, kind)

    def _sample(self, kind: str) -> str:
        name, content = SAMPLES[kind]
        key = self.running.sandbox.upload(content, name=name)["key"]
        return f"{self.running.sandbox.url}/instagram/media/{key}"
