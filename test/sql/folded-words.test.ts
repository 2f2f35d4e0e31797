import t from 'tap'
import { environment } from '../support/environment.ts'

const { sql } = await environment(t)

/** Whether a product with this text is found by this search. */
async function finds(q: string, text: string) {
  const { rows } = await sql.query<{ found: boolean }>(
    'select array_to_tsvector(words_in($1)) @@ words_wanted(search_terms($2), null) as found',
    [text, q]
  )
  return rows[0]!.found
}

const termsOf = async (q: string) =>
  (await sql.query('select search_terms($1) as terms', [q])).rows[0].terms as string[]

const same: Record<string, string[]> = {
  'accents of Latin letters': [
    'Crème brûlée',
    'creme brulee',
    'CRÈME BRÛLÉE',
    'cre\u0300me bru\u0302le\u0301e'
  ],
  'the sharp s': ['Große Straße', 'grosse strasse', 'GROSSE STRASSE', 'GROẞE STRAẞE'],
  'Polish letters': ['Łyżka żółw', 'lyzka zolw', 'ŁYŻKA ŻÓŁW'],
  'Nordic letters': ['Ærø Øl Å', 'aero ol a', 'ÆRØ ØL å'],
  'Icelandic letters': ['Þór Guðrún', 'thor gudrun'],
  'Vietnamese letters': ['Đà Nẵng phở', 'da nang pho', 'Đa Năng pho'],
  'Turkish letters': ['Işık İstanbul çiçek', 'isik istanbul cicek', 'IŞIK İSTANBUL'],
  'Romanian, Czech and Hungarian letters': [
    'Țară ăâî Žluťoučký kůň őű',
    'tara aai zlutoucky kun ou'
  ],
  'Spanish and Portuguese letters': ['ñandú pingüino coração', 'nandu pinguino coracao'],
  'Croatian and Maltese letters': ['đak ħobż', 'dak hobz'],
  ligatures: ['œuvre ﬁlm ĳs', 'oeuvre film ijs', 'ŒUVRE'],
  'Greek accents and final sigmas': ['Καφές Οδός', 'καφεσ οδοσ', 'ΚΑΦΕΣ ΟΔΟΣ'],
  'Russian letters': ['Ёлка и замо́к', 'елка и замок', 'ЁЛКА'],
  'Arabic vowel signs': ['كُوب قَهْوَة', 'كوب قهوة', 'كوب قهوه'],
  'Arabic letters with and without a hamza': ['أحمد إبريق آلة', 'احمد ابريق اله'],
  'Arabic tatweel': ['كــوب', 'كوب'],
  'Persian letters': ['کیف', 'كيف'],
  'Arabic, Persian and Hindi digits': ['١٢ ۳۴ ५६', '12 34 56'],
  'Hebrew points': ['שָׁלוֹם', 'שלום'],
  'Indic vowel signs': ['हिन्दी चाय', 'हिन्दी'],
  'half-width kana': ['ｶﾌﾟﾁｰﾉ', 'カプチーノ', 'かぷちーの'],
  'full-width letters and digits': ['ＡＢＣ１２３', 'abc123'],
  'raised and lowered digits': ['m² CO₂', 'm2 co2'],
  'Hangul of composed and single letters': [
    '한국어',
    '\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165'
  ],
  'soft hyphens': ['Kaf\u00adfee', 'kaffee'],
  'characters without width': ['Kaf\u200bfee\ufeff Mu\u200dg', 'kaffee mug'],
  'middle dots': ['col·lecció ショルダー・バッグ', 'colleccio ショルダーバッグ'],
  'signs behind a word': ['Kaffee™ Tasse®', 'kaffee tasse'],
  'signs between words': ['mug/cup_bowl+plate', 'mug cup bowl plate'],
  'a hyphen': ['T-Shirt', 't shirt', 'tshirt', 't‑shirt', 't–shirt', 'T−SHIRT'],
  'two hyphens': ['all-in-one', 'all in one', 'allinone'],
  'an apostrophe': [
    "O'Neill",
    'oneill',
    'o’neill',
    'o neill',
    'oʼneill',
    'o`neill',
    'o´neill',
    'neill'
  ],
  'an elision': ["L'Eau d’argent", 'eau argent', 'leau', "l'eau"],
  'an SKU': ['MUG-42/7', 'mug42', 'mug 42', 'mug-42', '42', 'MUG-42/7']
}

for (const [what, [text, ...searches]] of Object.entries(same)) {
  t.test(`a search finds ${what} as people type them`, async (t) => {
    for (const q of [text!, ...searches]) t.ok(await finds(q, text!), q)
  })
}

t.test('a search finds accents also where the text has none', async (t) => {
  for (const [q, text] of [
    ['crème', 'Creme'],
    ['straße', 'Strasse'],
    ['łyżka', 'Lyzka'],
    ['tシャツ', 'Ｔシャツ'],
    ['كُوب', 'كوب'],
    ['t-shirt', 'tshirt'],
    ['t-shirt', 'T Shirt'],
    ["o'neill", 'ONeill'],
    ['l’eau', 'leau']
  ] as const)
    t.ok(await finds(q, text), `${q} in ${text}`)
})

t.test('a search finds the middle of a name whose script has no blanks', async (t) => {
  for (const [text, ...searches] of [
    ['苹果手机保护壳', '手机', '机保护', '保护壳', '壳', '苹果手机保护壳'],
    ['ショルダーバッグ', 'バッグ', 'ダーバ', 'グ'],
    ['กระเป๋าสะพาย', 'สะพาย', 'เป๋า', 'กระเป๋า', 'ย'],
    ['스마트폰케이스', '케이스', '폰케', '스마트폰'],
    ['iPhone手机壳 15', 'iphone', '手机壳', '机壳15', 'iphone 15']
  ] as const)
    for (const q of searches) t.ok(await finds(q, text), `${q} in ${text}`)
})

t.test('a search tells different words apart', async (t) => {
  for (const [q, text] of [
    ['か', 'が'],
    ['手壳', '手机壳'],
    ['shirt-t', 'tshirt'],
    ['mug', 'smug'],
    ['12', '1-3'],
    ['neils', "O'Neill"],
    ['สะพาน', 'กระเป๋าสะพาย']
  ] as const)
    t.notOk(await finds(q, text), `${q} in ${text}`)
})

t.test('a search has at most 16 terms, none of which begins another one', async (t) => {
  t.same(await termsOf("the th  t THE-a tshirt T-Shirt !!! ' - -x x-"), [
    'the-a',
    'tshirt',
    't-shirt',
    'x'
  ])
  t.same(await termsOf('手机壳 壳'), ['手机', '机壳', '壳'])
  t.same(await termsOf('!?'), [])
  t.same(await termsOf('a-b-c-d-e'), ['a', 'b', 'c', 'd', 'e'])
  const many = Array.from({ length: 100 }, (_, n) => `${n + 100}`)
  t.same(await termsOf(many.join(' ')), many.slice(0, 16))
  t.equal((await termsOf('x'.repeat(200)))[0], 'x'.repeat(64))
  t.ok(
    await finds('x'.repeat(200), `${'x'.repeat(100)}`),
    'a long word is compared by its beginning'
  )
})

t.test('folding is the same in every locale', async (t) => {
  const { rows } = await sql.query<{ provolatile: string; name: string }>(
    `select proname as name, provolatile from pg_proc
     where proname in ('folded', 'words_in', 'words_of', 'name_in_order', 'sku_form', 'attribute_word')`
  )
  t.equal(rows.length, 6)
  for (const { name, provolatile } of rows) t.equal(provolatile, 'i', name)
  for (const locale of ['C', 'tr_TR', 'und-x-icu', 'tr-x-icu']) {
    const known = await sql.query('select from pg_collation where collname = $1', [locale])
    if (known.rowCount === 0) continue
    const answer = await sql.query(
      `select words_in(text collate "${locale}") as words, name_in_order(text collate "${locale}") as name, sku_form(text collate "${locale}") as sku
       from (values ('ÉCLAIR Istanbul İzmir')) as t (text)`
    )
    t.same(
      answer.rows,
      [
        {
          words: ['eclair', 'istanbul', 'izmir'],
          name: 'éclair istanbul i̇zmir',
          sku: 'éclair istanbul i̇zmir'
        }
      ],
      locale
    )
  }
})

t.test('a name is sorted from its first letter or digit on', async (t) => {
  for (const [name, expected] of [
    [' leading', 'leading'],
    ['"Quoted" mug', 'quoted" mug'],
    ['„Öl“', 'öl“'],
    ['¿Qué?', 'qué?'],
    ['(3) Mugs', '3) mugs'],
    ['😀', '😀']
  ] as const) {
    const { rows } = await sql.query('select name_in_order($1) as name', [name])
    t.equal(rows[0].name, expected)
  }
})
