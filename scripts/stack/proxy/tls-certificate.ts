import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { find } from '../supervisor/binaries.ts'
import { run } from '../supervisor/run.ts'

const days = 365
const day_ms = 86_400_000

/** A certificate of our own for this machine, made by openssl and kept until a month before its end. Nobody trusts it but who is told to. */
export async function selfSignedCertificate(data: string) {
  const folder = path.join(data, 'tls')
  const files = {
    certificate: path.join(folder, 'certificate.pem'),
    key: path.join(folder, 'key.pem')
  }
  if (isGood(files)) return files
  const openssl = find('openssl')
  if (!openssl)
    throw new Error(
      'openssl is missing, which makes certificates: install it, or set HOLDFAST_TLS_CERTIFICATE and HOLDFAST_TLS_KEY'
    )
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
  const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days ${days} -subj /CN=localhost`
  const output = ['-addext', names, '-keyout', files.key, '-out', files.certificate]
  await run([openssl, ...words.split(' '), ...output])
  return files
}

function isGood({ certificate, key }: { certificate: string; key: string }): boolean {
  if (!existsSync(certificate) || !existsSync(key)) return false
  const { validTo } = new X509Certificate(readFileSync(certificate))
  return Date.parse(validTo) - Date.now() > 30 * day_ms
}
