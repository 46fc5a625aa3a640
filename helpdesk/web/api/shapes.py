"""What goes in and out: JSON objects with exactly these fields. Times are RFC 3339 in UTC, ids are strings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    WithJsonSchema,
)
from pydantic.json_schema import SkipJsonSchema

MOST = 200  # of a page
USUAL = 50


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _as_text(value: Any) -> Any:
    """A number would be read as seconds since 1970."""
    if not isinstance(value, datetime) and not (isinstance(value, str) and "T" in value.upper()):
        raise ValueError("a time is written as 2026-11-25T08:30:00Z")
    return value


Time = Annotated[
    AwareDatetime,
    Strict(False),
    BeforeValidator(_as_text),
    PlainSerializer(_written, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-25T08:30:00Z"]}),
]
Id = Annotated[str, Field(pattern=r"^[0-9]{1,18}\z", json_schema_extra={"pattern": "^[0-9]{1,18}$"}, examples=["42"])]


# May be left out, but not be null.
Nothing = SkipJsonSchema[None]


class Shape(BaseModel):
    """An object of the API. What it does not name is refused."""

    model_config = ConfigDict(extra="forbid")


def _no_null_for_nothing(schema: dict[str, Any]) -> None:
    """What may be left out, but not be null, has no default that one could send."""
    for field in schema["properties"].values():
        if field.get("default", 0) is None and "anyOf" not in field:
            del field["default"]


class Sent(Shape):
    """What comes in as JSON: a number is no text, and the other way round."""

    model_config = ConfigDict(strict=True, json_schema_extra=_no_null_for_nothing)


class Named(Shape):
    """Something by its id and its name."""

    id: str
    name: str


class Paging(Shape):
    """Which page of a list."""

    after: Id | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(USUAL, ge=1, le=MOST, description="How many at most.")

    @property
    def cursor(self) -> int | None:
        return int(self.after) if self.after else None


class Problem(Shape):
    """What went wrong (RFC 9457). `detail` is a sentence for people."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
