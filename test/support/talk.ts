import { connect } from 'node:net'

/** What a node answers to these bytes until it closes the connection. */
export async function talk(url: URL, bytes: string | Buffer): Promise<string> {
  const socket = connect(Number(url.port), url.hostname)
  socket.on('error', () => {})
  let answer = ''
  socket.on('data', (data) => (answer += data.toString()))
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return answer
}

/** The status, the headers in lower case, and the body of an answer. */
export function parsed(answer: string) {
  const [head = '', ...rest] = answer.split('\r\n\r\n')
  const [line = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((text) => {
      const [name = '', value = ''] = text.split(/:\s*(.*)/s)
      return [name.toLowerCase(), value]
    })
  )
  return { status: Number(line.split(' ')[1]), headers, body: rest.join('\r\n\r\n') }
}
