"""A TCP proxy that can be told to misbehave: for what stands between the desk and its stores and platforms."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from enum import StrEnum

from tests.support import process


class Mode(StrEnum):
    PASS = "pass"
    REFUSE = "refuse"  # connections are closed as soon as they are made
    DELAY = "delay"  # each piece comes `DELAY` seconds late
    MUTE = "mute"  # what is asked arrives, answers do not
    DRIP = "drip"  # one byte a second


DELAY = 0.4  # seconds
PIECE = 65_536  # bytes


class Proxy:
    """`port` is where clients connect; `target` is a loopback port, or the path of a unix socket."""

    def __init__(self, target: int | str) -> None:
        self.target, self.mode, self.port = target, Mode.PASS, process.free_port()
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy {self.port}", daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(5)

    def cut(self) -> None:
        """Every connection that is open now breaks off."""
        self._loop.call_soon_threadsafe(self._abort)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._meet, "127.0.0.1", self.port)

    def _abort(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode is Mode.REFUSE:
            writer.transport.abort()
            return
        try:
            there = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, there[1]}
        pumps = [
            asyncio.ensure_future(self._pump(reader, there[1], is_answer=False)),
            asyncio.ensure_future(self._pump(there[0], writer, is_answer=True)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        for one in (writer, there[1]):
            self._open.discard(one)
            one.transport.abort() if one.transport.is_closing() else one.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, str):
            return await asyncio.open_unix_connection(self.target)
        return await asyncio.open_connection("127.0.0.1", self.target)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(PIECE):
                if self.mode is Mode.DELAY:
                    await asyncio.sleep(DELAY)
                if self.mode is Mode.MUTE and is_answer:
                    continue
                await self._pass_on(data, writer)

    async def _pass_on(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        while data and self.mode is Mode.DRIP:
            writer.write(data[:1])
            await writer.drain()
            data = data[1:]
            await asyncio.sleep(1)
        writer.write(data)
        await writer.drain()
