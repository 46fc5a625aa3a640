"""Reads the cards and chips that a business may send: quick replies and the three templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .refusals import invalid
from .shapes import Json, fields, link, one_of, rows, text

QUICK_REPLIES, QUICK_REPLY_TITLE = 13, 20
ELEMENTS, CARD_TEXT, BUTTONS, BUTTON_TEXT = 10, 80, 3, 640
PAYLOAD = 1000  # characters of a postback's or quick reply's payload
_CONTACT_DATA = ("user_phone_number", "user_email")  # with Instagram Login only


def quick_replies(value: object, login: str) -> list[Json]:
    where = "message[quick_replies]"
    kinds = ("text", *_CONTACT_DATA) if login == "instagram" else ("text",)
    for number, row in enumerate(rows(value, where, most=QUICK_REPLIES)):
        here = f"{where}[{number}]"
        kind = one_of(
            fields(row, here, required=("content_type",), optional=("title", "payload"))["content_type"], here, kinds
        )
        if kind == "text":
            fields(row, here, required=("content_type", "title", "payload"))
            text(row["title"], f"{here}[title]", longest=QUICK_REPLY_TITLE)
            text(row["payload"], f"{here}[payload]", longest=PAYLOAD)
        else:
            fields(row, here, required=("content_type",))
    return list(value) if isinstance(value, list) else []


def template(value: object) -> Json:
    """The payload of an attachment of type template, whole and correct."""
    where = "message[attachment][payload]"
    if not isinstance(value, dict):
        raise invalid(f"Param {where} must be an object.")
    read = _KINDS.get(str(value.get("template_type")))
    if read is None:
        raise invalid(f"Param {where}[template_type] must be one of {{{', '.join(_KINDS)}}}")
    read(value, where)
    return value


def pictures(template: Json) -> list[str]:
    """The addresses that the platform will fetch for it."""
    return [row["image_url"] for row in template.get("elements", []) if "image_url" in row]


def _generic(value: Json, where: str) -> None:
    fields(value, where, required=("template_type", "elements"))
    for number, row in enumerate(rows(value["elements"], f"{where}[elements]", most=ELEMENTS)):
        here = f"{where}[elements][{number}]"
        fields(row, here, required=("title",), optional=("subtitle", "image_url", "default_action", "buttons"))
        text(row["title"], f"{here}[title]", longest=CARD_TEXT)
        if "subtitle" in row:
            text(row["subtitle"], f"{here}[subtitle]", longest=CARD_TEXT)
        if "image_url" in row:
            link(row["image_url"], f"{here}[image_url]")
        if "default_action" in row:
            _link_action(row["default_action"], f"{here}[default_action]")
        if "buttons" in row:
            _buttons(row["buttons"], f"{here}[buttons]")


def _button(value: Json, where: str) -> None:
    fields(value, where, required=("template_type", "text", "buttons"))
    text(value["text"], f"{where}[text]", longest=BUTTON_TEXT)
    _buttons(value["buttons"], f"{where}[buttons]")


def _product(value: Json, where: str) -> None:
    fields(value, where, required=("template_type", "elements"))
    for number, row in enumerate(rows(value["elements"], f"{where}[elements]", most=ELEMENTS)):
        product = fields(row, f"{where}[elements][{number}]", required=("id",))["id"]
        if not str(product).isdigit():
            raise invalid(f"Param {where}[elements][{number}][id] must be the id of a product in the catalogue")


def _buttons(value: object, where: str) -> None:
    for number, row in enumerate(rows(value, where, most=BUTTONS)):
        here = f"{where}[{number}]"
        kind = one_of(row.get("type") if isinstance(row, dict) else None, f"{here}[type]", ("web_url", "postback"))
        fields(row, here, required=("type", "title", "url" if kind == "web_url" else "payload"))
        text(row["title"], f"{here}[title]", longest=CARD_TEXT)
        if kind == "web_url":
            link(row["url"], f"{here}[url]")
        else:
            text(row["payload"], f"{here}[payload]", longest=PAYLOAD)


def _link_action(value: Any, where: str) -> None:
    row = fields(value, where, required=("type", "url"))
    one_of(row["type"], f"{where}[type]", ("web_url",))
    link(row["url"], f"{where}[url]")


_KINDS: dict[str, Callable[[Json, str], None]] = {"generic": _generic, "button": _button, "product": _product}
