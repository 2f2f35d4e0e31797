import t from 'tap'
import { openCopies } from '../../../../plugins/storage/cache/copies.ts'
import { textOf } from '../../../../plugins/storage/cache/text.ts'

const most = 1_000_000
const of = (length: number, letter = 'x') => ({
  key: 'key',
  text: textOf(letter.repeat(length), 'tag')
})

t.test('a node keeps no more bytes than its bound, whatever it is asked to keep', async (t) => {
  const copies = openCopies(most)
  for (let n = 0; n < 2000; n++) {
    copies.keep(`name${n % 700}`, of(10 + ((n * 7919) % 40_000)))
    copies.get(`name${(n * 31) % 700}`)
    t.ok(copies.bytes() <= most && copies.bytes() >= 0, `${copies.bytes()} bytes`)
  }
  t.ok(copies.bytes() > most / 3, 'and it does not keep little either')
})

t.test('a node counts the bytes of a text and of the body that is made of it', async (t) => {
  const copies = openCopies(most)
  copies.keep('plain', of(10_000))
  const plain = copies.bytes()
  t.ok(plain > 20_000 && plain < 21_000, `${plain}`)
  copies.keep('wide', of(10_000, '京'))
  const wide = copies.bytes() - plain
  t.ok(wide > 40_000 && wide < 41_000, 'two bytes a character')
  copies.keep('plain', of(10))
  t.ok(copies.bytes() < wide + 1000, 'a text that is replaced is not counted any more')
})

t.test('a node keeps no text that takes more than a quarter of its bytes', async (t) => {
  const copies = openCopies(most)
  copies.keep('small', of(10))
  copies.keep('large', of(10))
  copies.keep('large', of(most / 8))
  t.equal(copies.get('large'), undefined, 'nor the one that it has replaced')
  t.ok(copies.get('small'))
})

t.test('the texts that are used stay, and those that are not used leave', async (t) => {
  const copies = openCopies(most)
  copies.keep('used', of(100))
  copies.keep('unused', of(100))
  for (let n = 0; n < 300; n++) {
    copies.keep(`other${n}`, of(5000))
    t.equal(copies.get('used')?.text.json.length, 100)
  }
  t.equal(copies.get('unused'), undefined)
})
