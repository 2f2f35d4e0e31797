import fp from 'fastify-plugin'

/**
 * Node asks the operating system for the address of a client when it is first read, and a connection that was reset has none.
 * Read at once, the address stays: a request whose client has reset its connection counts for that client.
 */
export default fp(
  async (fastify) => {
    fastify.server.on('connection', (socket) => void socket.remoteAddress)
  },
  { name: 'client-address' }
)
