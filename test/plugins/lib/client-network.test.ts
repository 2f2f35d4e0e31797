import t from 'tap'
import { clientNetworkOf, isNetwork } from '../../../plugins/lib/client-network.ts'

t.test('a client is counted by its IPv4 address or its IPv6 network of 64 bits', async (t) => {
  const networks = {
    '203.0.113.7': '203.0.113.7',
    '203.0.113.7:4711': '203.0.113.7',
    '::ffff:203.0.113.7': '203.0.113.7',
    '::FFFF:cb00:7107': '203.0.113.7',
    '[::ffff:203.0.113.7]:80': '203.0.113.7',
    '2001:DB8:1:2:3:4:5:6': '2001:db8:1:2',
    '2001:db8:1:2::': '2001:db8:1:2',
    '[2001:db8:1:2::9]': '2001:db8:1:2',
    'fe80::1%eth0': 'fe80:0:0:0',
    '::1': '0:0:0:0',
    unknown: 'unknown',
    '': 'unknown',
    '203.0.113.999': 'unknown',
    '<script>': 'unknown'
  }
  for (const [client, network] of Object.entries(networks))
    t.equal(clientNetworkOf(client), network, client)
})

t.test('a network is an address, with or without a length', async (t) => {
  for (const text of ['10.0.0.1', '10.0.0.0/8', '10.0.0.0/32', '::1', '2001:db8::/32', ' ::1/128 '])
    t.ok(isNetwork(text), text)
  const others = [
    '',
    'x',
    'loopback',
    '10.0.0/8',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '10.0.0.0/',
    '::/129'
  ]
  for (const text of [...others, '10.0.0.0/8/8', '10.0.0.0/a', 'fe80::1%eth0', '10.0.0.1:80'])
    t.notOk(isNetwork(text), text)
})
