import t from 'tap'
import { isEmailAddress } from '../../../plugins/lib/email-address.ts'

t.test('an e-mail address may be of any script, and quoted', async (t) => {
  for (const address of [
    'ada@example.com',
    "o'neill+news@mail.example.co.uk",
    '"foo."@example.com',
    '"foo..bar"@example.com',
    '"a@b c"@example.com',
    String.raw`"a\"b"@example.com`,
    'jörg@example.com',
    'info@müller.example',
    'info@xn--mller-kva.example',
    '用户@例子.公司',
    'дима@почта.рф',
    'ada@l·l.example',
    `${'a'.repeat(64)}@example.com`,
    `${'ö'.repeat(32)}@example.com`,
    `ada@${'b'.repeat(63)}.example`,
    'ada@1.2.3.4.example',
    'ada@example.0xyz',
    'क\u200dष@example.com',
    '❤\ufe0f@example.com'
  ])
    t.ok(isEmailAddress(address), address)
})

t.test('an e-mail address has one local part and a domain of two labels at least', async (t) => {
  for (const address of [
    '',
    '@',
    'ada',
    'ada@',
    '@example.com',
    'ada@example',
    'ada@[127.0.0.1]',
    'a@b@c',
    'a@b@example.com',
    'a b@example.com',
    'ada@127.0.0.1',
    'ada@example.123',
    'ada@127.0x1',
    'ada@127.0X',
    '\u3164@example.com',
    '\u200d@example.com',
    'a\u200d@example.com',
    '"\u115f"@example.com',
    'a\u2800@example.com',
    'ada@ex\u3164ample.com',
    'ada@\u115f.com',
    'a\u00a0b@example.com',
    'a\u3000b@example.com',
    'ada@exa mple.com',
    'ada@exa\u200bmple.com',
    'ada@example。com',
    ' ada@example.com',
    'foo..bar@example.com',
    'foo.@example.com',
    '.foo@example.com',
    '"foo@example.com',
    '"a"b"@example.com',
    'ada@-example.com',
    'ada@example-.com',
    'ada@example..com',
    'ada@example.com.',
    'ada@exa_mple.com',
    'a\u0000@example.com',
    'a\u0085@example.com',
    '"a\nb"@example.com',
    `${'a'.repeat(65)}@example.com`,
    `${'ö'.repeat(33)}@example.com`,
    `ada@${'b'.repeat(64)}.example`,
    `ada@${'ü'.repeat(60)}.example`,
    `ada@${'b.'.repeat(125)}example`
  ])
    t.notOk(isEmailAddress(address), JSON.stringify(address))
})

t.test('a long text is refused at once, whatever is in it', async (t) => {
  const began = performance.now()
  for (const part of ['a', 'a.', '"', '\\', '"\\', 'ö', '@', '-', 'a@', 'xn--'])
    t.notOk(isEmailAddress(`${part.repeat(60_000 / part.length)}!@${part.repeat(1000)}`))
  t.ok(performance.now() - began < 500)
})
