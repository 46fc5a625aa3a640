"""A customer before a chat, phone in hand: what every deed has, the files at hand, and comments below posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import events, samples
from .config import Account
from .customers import Customer
from .exchange import BadRequest
from .ids import object_id
from .media import attachment_type
from .record import Comment, Message, Piece, Thread
from .world import World

Json = dict[str, Any]


@dataclass
class Scene:
    """One customer at one account's chat, what was asked for, and when."""

    world: World
    account: Account
    customer: Customer
    thread: Thread
    asked: Json
    at: int

    def item(self, body: Json) -> Json:
        return events.item(self.customer.id, self.account.account_id, self.at, body)

    def text(self, name: str, default: str = "") -> str:
        return str(self.asked.get(name) or default)

    def url(self, sample: str) -> str:
        return self.world.media.url(self.world.media.sample(sample))

    def target(self) -> Message:
        """The message that `mid` names. Raises BadRequest."""
        message = self.thread.messages.get(self.text("mid"))
        if message is None:
            raise BadRequest("mid: there is no such message in this chat.")
        return message


@dataclass
class Act:
    """What follows: the item of a webhook, what kind of event it is, and the message id it is about."""

    event: str
    item: Json
    mid: str = ""
    text: str = ""


def attached(scene: Scene, row: Json) -> Piece:
    """An attachment by `url`, by the `key` of an upload, or a sample by `name` (or by its type alone)."""
    media = scene.world.media
    if row.get("url"):
        return Piece(str(row.get("type") or "image"), str(row["url"]))
    if row.get("key"):
        stored = media.rows.get(str(row["key"]))
        if stored is None:
            raise BadRequest("attachments.key: there is no such upload.")
    else:
        try:
            stored = media.sample(str(row.get("name") or samples.names_of(str(row.get("type")))))
        except KeyError as error:
            raise BadRequest(f"attachments.name: there are {', '.join(samples.NAMES)}.") from error
    kind = str(row.get("type") or attachment_type(stored.content_type))
    return Piece(kind, media.url(stored), stored.sha256, stored.content_type, stored.size)


def comment(scene: Scene) -> tuple[Json, str]:
    """A comment below one of the account's posts: the whole webhook, and the comment's id."""
    row = Comment(object_id(), scene.account.account_id, scene.customer.id, scene.at)
    scene.world.record.comments[row.id] = row
    author = {"id": scene.customer.id, "username": scene.customer.username}
    post = {"id": scene.text("post", scene.account.posts[0]), "media_product_type": "FEED"}
    value = {"id": row.id, "from": author, "text": scene.text("text"), "media": post}
    scene.thread.happen("comments", scene.at, scene.text("text"))
    return events.comment(scene.account.account_id, scene.account.login, scene.at, value), row.id
