import type { Redis } from 'ioredis'

/**
 * Sends the commands that one turn of the event loop asks for in one write, in their order.
 *
 * `enableAutoPipelining` does that too, and is never to be used here, nor is `redis.pipeline()`: every pipeline of ioredis 6.0
 * defines a getter of its own, through which each pipeline keeps the next one alive, with all that was read, until the next full
 * collection. Nine tenths of what a node allocates survived its young generation so, and a command cost half as much again.
 */
export function writeOnceATurn(redis: Redis): Redis {
  const send = redis.sendCommand
  redis.sendCommand = (command, stream) => {
    const socket = redis.stream
    if (socket && socket.writableCorked === 0) {
      socket.cork()
      setImmediate(() => socket.uncork())
    }
    return send.call(redis, command, stream)
  }
  return redis
}
