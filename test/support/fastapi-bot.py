"""A server bot in the manner of Pipecat Cloud's base image, with what Debian has of FastAPI. It repeats what it hears."""

import json
import os
import sys

import uvicorn
from fastapi import FastAPI, Header, WebSocket
from fastapi.responses import JSONResponse

app = FastAPI()
state = {"ready": True}


def log(session, text):
    print(f"2026-01-01 00:00:00.000 | INFO     | bot:bot:1 | {session} - {text}", file=sys.stderr, flush=True)


@app.get("/readyz")
async def readyz():
    return JSONResponse({"status": "ok" if state["ready"] else "not ready"}, 200 if state["ready"] else 503)


@app.get("/livez")
async def livez():
    return {"status": "ok"}


@app.get("/unready")
async def unready():
    state["ready"] = False
    return {"pid": os.getpid()}


@app.websocket("/ws")
async def call(socket: WebSocket, body: str = None, x_daily_session_id: str = Header(None)):
    await socket.accept()
    log(x_daily_session_id, "began")
    try:
        async for text in socket.iter_text():
            message = json.loads(text)
            if message["event"] == "media":
                media = {"contentType": "audio/x-mulaw", "sampleRate": 8000, "payload": message["media"]["payload"]}
                await socket.send_text(json.dumps({"event": "playAudio", "media": media}))
            if message["event"] == "dtmf" and message["dtmf"]["digit"] == "9":
                raise RuntimeError("the bot raises")
            if message["event"] == "dtmf":
                break
    finally:
        # As the image does: nobody closes the socket, the server drops it without a word.
        log(x_daily_session_id, "is over")


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=int(os.environ["PORT"]))
