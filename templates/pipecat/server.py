"""Serves bot.py as Pipecat Cloud's base image does: one WebSocket for each call."""

import base64
import json
import os

import uvicorn
from fastapi import FastAPI, WebSocket
from pipecat.runner.types import WebSocketRunnerArguments

from bot import bot

app = FastAPI()


@app.get("/readyz")
@app.get("/livez")
async def healthy():
    return {"status": "ok"}


@app.websocket("/ws")
async def session(websocket: WebSocket, body: str = "e30="):
    await websocket.accept()
    # Who calls whom, and what came with the call: Plivo's own messages do not say.
    await bot(WebSocketRunnerArguments(websocket=websocket, body=json.loads(base64.b64decode(body))))


if __name__ == "__main__":
    uvicorn.run(app, host=os.environ.get("HOST", "127.0.0.1"), port=int(os.environ.get("PORT", "8765")))
