import { logging } from '../plugins/kernel/logging/index.ts'

/** The log of `npm run dev`, for fastify-cli's --logging-module: a line each, for people. */
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
