"""A server bot: repeats to the caller what the caller says, until the caller presses #."""

import asyncio
import base64
import json
import os
import signal
import sys
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import websockets


async def answer_http(path, headers):
    """Answers health checks; `None` goes on with the WebSocket handshake."""
    route = urlsplit(path).path
    if route in ("/readyz", "/livez"):
        return HTTPStatus.OK, {"Content-Type": "application/json"}, b'{"status":"ok"}'
    if route != "/ws":
        return HTTPStatus.NOT_FOUND, {}, b""
    return None


def read_body(path):
    """What the node tells about the call: `start` has no phone numbers."""
    body = parse_qs(urlsplit(path).query).get("body")
    return json.loads(base64.b64decode(body[0])) if body else {}


async def echo(socket):
    body = read_body(socket.path)
    caller = body.get("from", "unknown")
    print(f"call from {caller}, body: {json.dumps(body)}")
    try:
        message = await socket.recv()
        print(f"start: {message}")
        media_format = json.loads(message)["start"]["mediaFormat"]
        async for message in socket:
            await answer_event(socket, json.loads(message), media_format)
    except websockets.ConnectionClosed:
        pass
    print(f"call from {caller} is over")


async def answer_event(socket, event, media_format):
    match event:
        case {"event": "media", "media": {"payload": payload}}:
            media = {
                "contentType": media_format["encoding"],
                "sampleRate": media_format["sampleRate"],
                "payload": payload,
            }
            await socket.send(json.dumps({"event": "playAudio", "media": media}))
        case {"event": "dtmf", "dtmf": {"digit": digit}}:
            print(f"dtmf: {digit}")
            if digit == "#":
                await socket.close()


async def main():
    host = os.environ.get("HOST", "127.0.0.1")
    port = int(os.environ.get("PORT", "8765"))
    stopped = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stopped.set)
    async with websockets.serve(echo, host, port, process_request=answer_http):
        print(f"listening on ws://{host}:{port}/ws")
        await stopped.wait()


if __name__ == "__main__":
    # Each line at once, also into a pipe, and the bytes of messages as they came, whatever the locale.
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
    asyncio.run(main())
