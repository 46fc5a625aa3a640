"""The one way out: fetching files that others name, and one-request calls of a platform's API.

Both call public addresses only, each checked, and the origins that the operator named in the environment.
"""

from __future__ import annotations

import json as json_codec
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import urlencode, urljoin

import httpcore2
import structlog

from helpdesk import addresses, wire
from helpdesk.addresses import Blocked, Target

FILE_LIMIT = 25 * 2**20  # bytes
ANSWER_LIMIT = 4 * 2**20  # bytes of a platform's answer
DEADLINE = 30.0  # seconds for all of it
KEEP_ALIVE = 4.0  # seconds; platforms close idle connections, and a send into one that is closing is lost
IN_MEMORY = 2**20  # bytes before a fetched file goes to disk
USER_AGENT = "helpdesk"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({400, 401, 403, 404, 405, 410, 451})  # asking again does not help: links to media expire
_FAILURES = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol)

log = structlog.get_logger(__name__)


class FetchFailed(Exception):
    """The file could not be fetched. `reason` in a few words ("too large"); final: asking again does not help."""

    def __init__(self, reason: str, *, is_final: bool) -> None:
        super().__init__(f"media could not be fetched ({reason})")
        self.reason = reason
        self.is_final = is_final


class NotSent(Exception):
    """The request certainly did not reach the platform: connect refused, DNS, TLS, or not fully written."""


class Lost(Exception):
    """The request was written and no complete answer came: nobody knows."""


@dataclass(frozen=True)
class HttpAnswer:
    status: int
    headers: Mapping[str, str]  # lower-case names
    body: bytes


@dataclass(frozen=True)
class Fetched:
    """A file as it came. `body` is at its beginning; whoever gets it closes it. The type is only what the host says."""

    body: IO[bytes]
    content_type: str  # "image/jpeg", lower case, without parameters; "" when not said
    size: int  # bytes


def fetch(
    url: str,
    *,
    hosts: Collection[str] | None,
    trusted_origins: Collection[str],
    limit: int = FILE_LIMIT,
    deadline: float = DEADLINE,
    max_redirects: int = 3,
) -> Fetched:
    """Gets the file at `url`, at most `limit` bytes decoded, within `deadline` seconds.

    `hosts` as in `addresses.target`. Redirects are followed within the same host and checked again.
    Raises Blocked for an address that we do not call, FetchFailed for all else.
    """
    try:
        with wire.deadline(deadline):
            return _fetch(url, hosts, trusted_origins, limit, max_redirects)
    except Blocked as blocked:
        log.warning("ssrf_blocked", reason=str(blocked))
        raise
    except httpcore2.TimeoutException:
        raise FetchFailed("too slow", is_final=False) from None
    except _FAILURES as error:
        raise FetchFailed("no connection", is_final=False) from error


def _fetch(
    url: str, hosts: Collection[str] | None, trusted_origins: Collection[str], limit: int, max_redirects: int
) -> Fetched:
    target = addresses.target(url, hosts=hosts, trusted_origins=trusted_origins)
    for _ in range(max_redirects + 1):
        answer = _get(target, limit)
        if isinstance(answer, Fetched):
            return answer
        url = urljoin(url, answer)
        following = addresses.target(url, hosts=hosts, trusted_origins=trusted_origins)
        if (following.host, following.is_trusted) != (target.host, target.is_trusted):
            raise Blocked("redirected to another host")
        if following.scheme != target.scheme and following.scheme == "http":
            raise Blocked("redirected away from https")
        target = following
    raise FetchFailed("too many redirects", is_final=True)


def _get(target: Target, limit: int) -> Fetched | str:
    """The file, or where it has moved."""
    headers = [("Accept", "*/*"), ("Accept-Encoding", "identity"), ("User-Agent", USER_AGENT)]
    with (
        wire.pool(is_checked=not target.is_trusted, keep_alive=0) as pool,
        pool.stream("GET", wire.url_of(target), headers=headers, extensions=wire.extensions()) as answer,
    ):
        said = _headers(answer)
        if answer.status in _REDIRECTS and "location" in said:
            return said["location"]
        if answer.status != 200:
            raise FetchFailed(f"the host answered {answer.status}", is_final=answer.status in _GONE)
        if said.get("content-length", "").isdigit() and int(said["content-length"][:20]) > limit:
            raise FetchFailed("too large", is_final=True)
        return _store(_decoded(answer.iter_stream(), said.get("content-encoding", ""), limit), said, limit)


def _store(chunks: Iterable[bytes], said: Mapping[str, str], limit: int) -> Fetched:
    body = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # the caller closes it
    size = 0
    try:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise FetchFailed("too large", is_final=True)
            body.write(chunk)
    except BaseException:
        body.close()
        raise
    body.seek(0)
    content_type = said.get("content-type", "").partition(";")[0].strip().lower()[:100]
    return Fetched(body, content_type, size)


def _decoded(chunks: Iterable[bytes], encoding: str, limit: int) -> Iterator[bytes]:
    """Uncompressed, in bounded steps: 100 kB of gzip may hold 100 MB. We ask for none; some send it all the same."""
    if encoding.strip().lower() in ("", "identity"):
        yield from chunks
        return
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        raise FetchFailed("unknown encoding", is_final=True)
    decoder = zlib.decompressobj(wbits=47)  # 15 bits of window, header of zlib or gzip
    try:
        for chunk in chunks:
            while chunk:
                yield decoder.decompress(chunk, min(limit + 1, IN_MEMORY))
                chunk = decoder.unconsumed_tail
    except zlib.error:
        raise FetchFailed("damaged answer", is_final=False) from None
    if not decoder.eof:
        raise FetchFailed("damaged answer", is_final=False)


class PlatformHttp:
    """Calls of platforms' APIs: one request each, never repeated, `timeout` seconds in all, no redirect followed.

    One instance serves many threads and keeps connections for a few seconds; it must not be used before a fork.
    """

    def __init__(self, trusted_origins: Collection[str] = (), timeout: float = DEADLINE) -> None:
        self._trusted_origins = frozenset(trusted_origins)
        self._timeout = timeout
        self._pools = {
            is_checked: wire.pool(is_checked=is_checked, keep_alive=KEEP_ALIVE) for is_checked in (True, False)
        }

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
    ) -> HttpAnswer:
        """Raises NotSent when the platform certainly did not get the request, Lost when it may have.

        Their messages never hold the URL or a header: both carry tokens.
        """
        written = _Written()
        try:
            with wire.deadline(self._timeout):
                target = addresses.target(_with(url, params), hosts=None, trusted_origins=self._trusted_origins)
                return self._call(method, target, headers or {}, json, written)
        except (*_FAILURES, Blocked, UnicodeError) as error:
            problem = str(error) if isinstance(error, Blocked) else type(error).__name__
            raise (Lost if written.is_complete else NotSent)(problem) from error

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()

    def _call(
        self, method: str, target: Target, headers: Mapping[str, str], json: object, written: _Written
    ) -> HttpAnswer:
        content = b"" if json is None else json_codec.dumps(json, ensure_ascii=False, allow_nan=False).encode()
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}
        sent |= {"Content-Type": "application/json"} if content else {}
        with self._pools[not target.is_trusted].stream(
            method,
            wire.url_of(target),
            headers=[(name.encode("ascii"), value.encode("ascii")) for name, value in (sent | dict(headers)).items()],
            content=content,
            extensions=wire.extensions(written.hear),
        ) as answer:
            body = b"".join(_at_most(answer.iter_stream(), ANSWER_LIMIT))
            return HttpAnswer(answer.status, _headers(answer), body)


class _Written:
    """Hears from the connection whether the whole request was handed to the network."""

    is_complete = False

    def hear(self, step: str, _: object) -> None:
        if step.endswith("send_request_body.complete"):
            self.is_complete = True


def _at_most(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise httpcore2.RemoteProtocolError("the answer is too long")
        yield chunk


def _headers(answer: httpcore2.Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}


def _with(url: str, params: Mapping[str, str] | None) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url
