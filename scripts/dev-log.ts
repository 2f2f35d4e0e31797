import { logging } from '../plugins/kernel/logging/index.ts'

/** The log format of `npm run dev`, for fastify-cli's --logging-module: one readable line a message. */
export default {
  ...logging,
  transport: {
    target: 'pino-pretty',
    options: {
      singleLine: true,
      translateTime: 'HH:MM:ss.l',
      ignore: 'pid,hostname,request_id,method,path,route,status,ms',
      messageFormat: '{msg}{if path} {method} {path} {status} in {ms} ms{end}'
    }
  }
}
