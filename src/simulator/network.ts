import { requestOnce, type HttpFailure, type HttpReply, type HttpRequest } from './http-request.ts'
import { StreamSocket, type StreamSocketOptions } from './stream-socket.ts'

/** The way from Plivo to the servers that a call asks. */
export interface Network {
  /** One request on a connection of its own. Never rejects. */
  request(request: HttpRequest): Promise<HttpReply | HttpFailure>
  /** Connects a stream. Never throws: what goes wrong stands in `opened` and `closed`. */
  openStream(options: StreamSocketOptions): OpenedStream
}

/** A stream's connection, from Plivo's side. */
export type OpenedStream = Pick<StreamSocket, keyof StreamSocket>

/** Real sockets. */
export const internet: Network = {
  request: requestOnce,
  openStream: (options) => new StreamSocket(options),
}
