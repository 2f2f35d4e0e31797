import { cp } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { copyFlows, lacks, openShop, run } from './shop.ts'

const version = '7.23.0'
const artifact = 'openapi-generator-cli'

t.test(
  'a Java client buys a cart, and reads a price over 2,147,483,647',
  { skip: lacks('java', 'mvn'), timeout: 900_000 },
  async (t) => {
    const { folder, document, env } = await openShop(t)
    await copyFlows('java', folder)
    const here = { cwd: folder, env }
    const wanted = `-Dartifact=org.openapitools:${artifact}:${version}`
    await run('mvn', ['-q', '-B', 'dependency:get', wanted, '-Dtransitive=false'], here)
    const repository = process.env.MAVEN_REPOSITORY ?? path.join(homedir(), '.m2/repository')
    const jar = path.join(
      repository,
      `org/openapitools/${artifact}/${version}/${artifact}-${version}.jar`
    )
    const words = ['generate', '-g', 'java', '--library', 'native', '-i', document, '-o', 'client']
    await run('java', ['-jar', jar, ...words], here)
    await cp(path.join(folder, 'Flow.java'), path.join(folder, 'client/src/main/java/Flow.java'))
    const client = path.join(folder, 'client')
    const build = ['-q', '-B', '-DskipTests', '-Dmaven.javadoc.skip', 'package']
    const copy = 'dependency:copy-dependencies'
    await run('mvn', [...build, copy, '-DoutputDirectory=jars', '-DincludeScope=runtime'], {
      cwd: client
    })
    const said = await run('java', ['-cp', 'target/classes:jars/*', 'Flow'], { cwd: client, env })
    t.match(said, 'CONFIRMED'.toLowerCase())
    t.match(said, 'stock 500, 3000000000')
  }
)
