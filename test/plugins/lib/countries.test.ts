import t from 'tap'
import { countries } from '../../../plugins/lib/countries.ts'

t.test('the list has the 249 assigned countries, and no reserved codes', async (t) => {
  t.equal(new Set(countries).size, 249)
  for (const code of countries) t.match(code, /^[A-Z]{2}$/)
  for (const code of ['DE', 'GB', 'US', 'ZW', 'AX', 'SS', 'CW']) t.ok(countries.includes(code))
  for (const code of ['UK', 'EU', 'XK', 'XX', 'ZZ', 'AN', 'SU']) t.notOk(countries.includes(code))
})
