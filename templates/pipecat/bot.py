"""A Pipecat bot on the telephone: says back what it hears. Put your services between the transport's two ends."""

import os

from pipecat.frames.frames import Frame, InputAudioRawFrame, OutputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.runner.types import RunnerArguments
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.plivo import PlivoFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport


class Echo(FrameProcessor):
    """Stands where speech-to-text, a model and text-to-speech will."""

    async def process_frame(self, frame: Frame, direction: FrameDirection):
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            frame = OutputAudioRawFrame(frame.audio, frame.sample_rate, frame.num_channels)
        await self.push_frame(frame, direction)


async def bot(runner_args: RunnerArguments):
    """One call. Offhook, Pipecat Cloud and Pipecat's own runner call this."""
    caller = (runner_args.body or {}).get("from", "somebody")
    _, call = await parse_telephony_websocket(runner_args.websocket)
    print(f"{caller} calls")
    serializer = PlivoFrameSerializer(
        stream_id=call["stream_id"],
        call_id=call["call_id"],
        # The node hangs up when the bot closes its socket, and keeps Plivo's credentials to itself.
        auth_id=os.getenv("PLIVO_AUTH_ID", "unused"),
        auth_token=os.getenv("PLIVO_AUTH_TOKEN", "unused"),
        params=PlivoFrameSerializer.InputParams(auto_hang_up=False),
    )
    transport = FastAPIWebsocketTransport(
        websocket=runner_args.websocket,
        params=FastAPIWebsocketParams(audio_in_enabled=True, audio_out_enabled=True, serializer=serializer),
    )
    task = PipelineTask(
        Pipeline([transport.input(), Echo(), transport.output()]),
        params=PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000),
    )

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(transport, client):
        await task.cancel()

    await PipelineRunner(handle_sigint=runner_args.handle_sigint).run(task)


if __name__ == "__main__":
    from pipecat.runner.run import main

    main()
