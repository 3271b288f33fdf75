"""A loopback server of jobs that end after some polls, for measuring what waiting for many of them costs.

``/jobs/ID`` is the status of one, ``/jobs`` the list of all. A poll is a response that tells of a job that has been
there for a moment: with the list, each job is told of as often as the list is asked for.
"""

from __future__ import annotations

import asyncio
import json
import sys

JOBS, POLLS = int(sys.argv[1]), int(sys.argv[2])
asked = [0] * JOBS
requests = 0


def element(number: int) -> dict[str, object]:
    """What the vendor says of a job."""
    asked[number] += 1
    return {"id": number, "state": "RUNNING" if asked[number] < POLLS else "SUCCEEDED", "progress": 50}


def answer(target: bytes) -> bytes:
    """The response to a request."""
    global requests
    if target == b"/count":
        content = json.dumps({"requests": requests, "polls": sum(asked)}).encode()
        requests = 0
        asked[:] = [0] * JOBS
    elif target == b"/polls":
        content = json.dumps({"least": min(asked), "most": max(asked)}).encode()
    else:
        requests += 1
        content = told(target)
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content) + content


def told(target: bytes) -> bytes:
    """The content of a response about jobs."""
    if target == b"/jobs":
        return json.dumps({"jobs": [element(number) for number in range(JOBS)]}).encode()
    return json.dumps(element(int(target.rsplit(b"/", 1)[1]))).encode()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer requests without a body on one connection until it is closed."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(answer(head.split(b" ", 2)[1]))
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        writer.close()


async def main() -> None:
    """Listen on loopback, print the port, and end when standard input does."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
