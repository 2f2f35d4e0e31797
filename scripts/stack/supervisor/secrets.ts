import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { readJson, writeJson } from './files.ts'

export type Secrets = {
  admin_key: string
  cookie_secret: string
  superuser_password: string
  app_password: string
  redis_password: string
  redis_node_password: string
  /** Signs backups and the archived write-ahead log, so that a restore can tell its own from others. */
  backup_key: string
}

const random = () => randomBytes(32).toString('base64url')

/**
 * Generated at the first start and kept: with another cookie secret the cookies of all carts would be invalid.
 *
 * @throws one line when the file is there and cannot be read, since new secrets would lock the operator out of the databases
 */
export function keepSecrets(data: string): Secrets {
  const file = path.join(data, 'secrets.json')
  const kept = readJson<Partial<Secrets>>(file)
  if (!kept && existsSync(file))
    throw new Error(`${file} cannot be read, or is damaged: bring it back from its copy`)
  const secrets = { ...newSecrets(), ...kept }
  if (Object.keys(secrets).length !== Object.keys(kept ?? {}).length) writeJson(file, secrets)
  return secrets
}

export function newSecrets(): Secrets {
  return {
    admin_key: `hf_${random()}`,
    cookie_secret: random(),
    superuser_password: random(),
    app_password: random(),
    redis_password: random(),
    redis_node_password: random(),
    backup_key: random()
  }
}
