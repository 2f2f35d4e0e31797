/** A protection of the source that is broken on purpose, and the test that must notice it. */
export type Mutation = {
  name: string
  changes: Change[]
  /** The arguments of `node`, run with the mutated source. A file of tests must not need a replica. */
  command: string[]
  /** How the title of the test begins that must fail. Without it the command itself must fail. */
  test?: string
  /** Not run by `npm test`, which has time for a few. */
  slow?: true
}

/** `find` stands in the file exactly once: a change of the source that this table has not followed is noticed. */
export type Change = { file: string; find: string; replace: string }
