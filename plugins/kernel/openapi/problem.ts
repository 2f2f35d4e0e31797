import { allCodes } from './failures.ts'

const text = (description: string) => ({ type: 'string', description })

/** Components: what every error is. */
export const problemSchemas = {
  ProblemCode: {
    type: 'string',
    description:
      'The stable name of what went wrong. More may come: treat an unknown one by its status.',
    enum: allCodes
  },
  ProblemPlace: {
    type: 'object',
    description: 'One thing that is wrong with a request.',
    required: ['detail'],
    properties: {
      pointer: text('The place in the body, as an RFC 6901 fragment: `#/email`.'),
      parameter: text('Or the parameter: `query.limit`, `header.idempotency-key`, `path.id`.'),
      detail: text('What is wrong with it.')
    }
  },
  Shortage: {
    type: 'object',
    description: 'A product of which more is asked for than can be sold.',
    required: ['product_id', 'requested', 'available'],
    properties: {
      product_id: { type: 'string', format: 'uuid', description: 'The product.' },
      requested: { type: 'integer', format: 'int64', description: 'Units that were asked for.' },
      available: { type: 'integer', format: 'int64', description: 'Units that can be sold.' }
    }
  },
  Problem: {
    type: 'object',
    description: 'An error, by RFC 9457. Decide by `code`; some codes have members of their own.',
    required: ['type', 'title', 'status', 'code'],
    properties: {
      type: text('Always `about:blank`: the code says more.'),
      title: text('The name of the status.'),
      status: { type: 'integer', description: 'The HTTP status.' },
      code: { $ref: '#/components/schemas/ProblemCode' },
      detail: text('What happened, for people. It may change.'),
      instance: text('The path of the request.'),
      errors: {
        type: 'array',
        description: 'Everything that is wrong with the request (`validation_failed`).',
        items: { $ref: '#/components/schemas/ProblemPlace' }
      },
      order_id: {
        type: 'string',
        format: 'uuid',
        description: 'The cancelled order (`payment_declined`, `payment_failed`).'
      },
      // No enum: each payment provider has codes of its own.
      decline_code: {
        ...text(
          "Why the provider declined (`payment_declined`): `card_declined`, `insufficient_funds`, `expired_card`, a code of the provider's own, or the order's `cancel_reason`."
        ),
        examples: ['card_declined']
      },
      items: {
        type: 'array',
        description: 'What is short (`insufficient_stock`).',
        items: { $ref: '#/components/schemas/Shortage' }
      },
      expected: { $ref: '#/components/schemas/Money' },
      actual: { $ref: '#/components/schemas/Money' }
    },
    additionalProperties: true
  }
}
