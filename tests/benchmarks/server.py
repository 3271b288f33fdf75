"""A loopback server that answers every request with one JSON document, for measuring what a client adds to it."""

from __future__ import annotations

import asyncio
import sys

BODY = (
    b'{"status": "successful", "msg": "Job finished in 1.0 seconds at 2017-01-12 23:52:34.307327+00:00", "result": '
    b'"{\\"updated_objects\\": 2, \\"number_received\\": 2, \\"error_objects\\": [], \\"error\\": \\"\\"}"}'
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer requests without a body on one connection until it is closed."""
    try:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        writer.close()


async def main() -> None:
    """Listen on loopback, print the port, and end when standard input does."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
