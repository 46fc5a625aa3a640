"""A TCP proxy that can be told to misbehave: for what stands between the desk and its stores and platforms. Each is a
process of its own, since thousands of pieces a second pass through it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from enum import StrEnum

from tests.support.process import ROOT, STOP_SECONDS

PIECE_LATE = 0.4  # seconds
LOOPBACK = "127.0.0.1"


class Mode(StrEnum):
    PASS = "pass"
    REFUSE = "refuse"  # connections are closed as soon as they are made
    DELAY = "delay"  # each piece comes `PIECE_LATE` seconds late
    MUTE = "mute"  # what is asked arrives, answers do not
    DRIP = "drip"  # one byte a second


CUT = "cut"


class Proxy:
    """`port` is where clients connect; `target` is a loopback port, or the path of a unix socket."""

    def __init__(self, target: int | str) -> None:
        command = [sys.executable, "-m", "tests.chaos.proxy", str(target)]
        # It ends with its input, so with us in any case.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT
        )
        self.port = int(self._answer())

    def behave(self, mode: Mode) -> None:
        """From now on."""
        self._tell(mode.value)

    def cut(self) -> None:
        """Every connection that is open now breaks off."""
        self._tell(CUT)

    def stop(self) -> None:
        self._process.communicate(timeout=STOP_SECONDS)

    def _tell(self, what: str) -> None:
        assert self._process.stdin is not None, "it is a pipe"
        self._process.stdin.write(f"{what}\n")
        self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None, "it is a pipe"
        return self._process.stdout.readline().strip()


# --- in its own process ---------------------------------------------------------------------------------------


class Hall:
    """Where both sides of all connections meet."""

    def __init__(self, target: str) -> None:
        self.target, self.mode = target, Mode.PASS
        self.sides: set[Side] = set()

    def obey(self, word: str) -> None:
        if word != CUT:
            self.mode = Mode(word)
            return
        for side in list(self.sides):
            side.transport.abort()


class Side(asyncio.Protocol):
    """One end of a connection; what comes from it goes to its `peer`. `is_client`: it was made towards us."""

    transport: asyncio.Transport

    def __init__(self, hall: Hall, peer: Side | None = None) -> None:
        self._hall, self.peer, self.is_client = hall, peer, peer is None
        self._held: list[bytes] = []
        self._passing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport), "it was asked for a stream"
        self.transport = transport
        if self._hall.mode is Mode.REFUSE and self.is_client:
            transport.abort()
            return
        self._hall.sides.add(self)
        if self.is_client:
            self._passing = asyncio.ensure_future(self._reach())

    def data_received(self, data: bytes) -> None:
        if self._hall.mode is Mode.PASS and self._passing is None and self.peer is not None:
            self.peer.transport.write(data)
            return
        self._held.append(data)
        self._passing = self._passing or asyncio.ensure_future(self._pass_on())

    def connection_lost(self, error: Exception | None) -> None:
        self._hall.sides.discard(self)
        if self._passing is not None:
            self._passing.cancel()
        if self.peer is not None:
            self.peer.transport.abort() if error else self.peer.transport.close()

    def pause_writing(self) -> None:
        if self.peer is not None:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer is not None:
            self.peer.transport.resume_reading()

    async def _reach(self) -> None:
        loop, target = asyncio.get_running_loop(), self._hall.target
        try:
            if target.isdigit():
                _, peer = await loop.create_connection(lambda: Side(self._hall, self), LOOPBACK, int(target))
            else:
                _, peer = await loop.create_unix_connection(lambda: Side(self._hall, self), target)
        except OSError:
            self.transport.abort()
            return
        self.peer = peer
        if self.transport.is_closing():
            peer.transport.abort()
        else:
            await self._pass_on()

    async def _pass_on(self) -> None:
        """One piece after the other, as the hall is told to behave in that moment."""
        assert self.peer is not None, "it is reached first"
        while self._held:
            data = self._held.pop(0)
            if self._hall.mode is Mode.DELAY:
                await asyncio.sleep(PIECE_LATE)
            if self._hall.mode is Mode.MUTE and not self.is_client:
                continue
            while data and self._hall.mode is Mode.DRIP:
                self.peer.transport.write(data[:1])
                data = data[1:]
                await asyncio.sleep(1)
            self.peer.transport.write(data)
        self._passing = None


async def _serve(target: str) -> None:
    """Says its port, then obeys a word a line, and says each time when it is so; until its input ends."""
    hall, loop = Hall(target), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Side(hall), LOOPBACK, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    words = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), sys.stdin)
    async for line in words:
        hall.obey(line.decode().strip())
        print("so", flush=True)
    server.close()
    hall.obey(CUT)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
