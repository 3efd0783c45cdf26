"""The same in Python, with the websockets library: beeps, repeats what it hears, hangs up at #."""

import asyncio
import base64
import json
import os
from http import HTTPStatus

import websockets

XML = """<Response>
  <Stream bidirectional="true" keepCallAlive="true" contentType="audio/x-mulaw;rate=8000">
    ws://{host}/stream
  </Stream>
</Response>"""

# Half a second of 500 Hz in mu-law: a square wave of two bytes.
BEEP = base64.b64encode((b"\x9a" * 8 + b"\x1a" * 8) * 250).decode()


async def answer(path, headers):
    """Answers plain requests; `None` goes on with the WebSocket handshake. The library takes GET only."""
    if path.startswith("/answer"):
        return HTTPStatus.OK, {"Content-Type": "application/xml"}, XML.format(host=headers["Host"]).encode()
    return None if path == "/stream" else (HTTPStatus.NOT_FOUND, {}, b"")


async def play(socket, payload):
    media = {"contentType": "audio/x-mulaw", "sampleRate": 8000, "payload": payload}
    await socket.send(json.dumps({"event": "playAudio", "media": media}))


async def talk(socket):
    async for message in socket:
        match json.loads(message):
            case {"event": "start"}:
                await play(socket, BEEP)
            case {"event": "media", "media": {"payload": payload}}:
                await play(socket, payload)
            case {"event": "dtmf", "dtmf": {"digit": "#"}}:
                return


async def main():
    port = int(os.environ.get("PORT", "5000"))
    async with websockets.serve(talk, "127.0.0.1", port, process_request=answer) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"answer URL: http://127.0.0.1:{port}/answer", flush=True)
        await asyncio.Future()


asyncio.run(main())
