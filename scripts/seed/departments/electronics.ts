import { type Department } from '../department.ts'

const finishes = ['Black', 'White', 'Graphite', 'Silver', 'Sand', 'Midnight Blue']

export const electronics: Department = {
  slug: 'electronics',
  name: 'Electronics',
  description: 'Sound, keys and power.',
  brands: [
    'Ampersand',
    'Bluefield',
    'Cobalt',
    'Decibel',
    'Fathom',
    'Halcyon',
    'Ionic',
    'Kestrel',
    'Lumen & Ohm',
    'Octave',
    'Pylon',
    'Tessera'
  ],
  categories: [
    {
      slug: 'audio',
      name: 'Audio',
      description: 'Headphones and speakers.',
      notes: [
        'Comes with a braided USB-C cable.',
        'The battery can be changed with a screwdriver.',
        'Two years of warranty.'
      ],
      kinds: [
        {
          name: '{design} Headphones, {color}, {connection}',
          about: '{design} headphones with a neutral sound and cushions that can be replaced.',
          price: [59, 349],
          options: {
            design: ['Over-Ear', 'On-Ear'],
            color: finishes,
            connection: ['Wired', 'Bluetooth', 'Noise Cancelling']
          }
        },
        {
          name: 'Wireless Earbuds, {color}, {battery}',
          about: 'Earbuds that last {battery} with their case.',
          price: [39, 229],
          options: { color: finishes, battery: ['18 h', '24 h', '30 h', '36 h'] }
        },
        {
          name: '{material} Bluetooth Speaker, {color}, {output}',
          about: 'A {material} speaker with {output} that pairs with a second one.',
          price: [49, 279],
          options: {
            material: ['Fabric', 'Walnut', 'Aluminium'],
            color: finishes,
            output: ['10 W', '20 W', '40 W']
          }
        }
      ]
    },
    {
      slug: 'keyboards-and-mice',
      name: 'Keyboards and Mice',
      description: 'For hands that type all day.',
      notes: [
        'Works with every operating system, without an account.',
        'Two years of warranty.',
        'Comes with a braided USB-C cable.'
      ],
      kinds: [
        {
          name: '{layout} Mechanical Keyboard, {color}, {switches} Switches',
          about: 'A {layout} keyboard with {switches} switches in an aluminium case.',
          price: [79, 249],
          options: {
            layout: ['60%', '75%', 'Tenkeyless', 'Full-Size'],
            color: finishes,
            switches: ['Linear', 'Tactile', 'Silent']
          }
        },
        {
          name: '{grip} Mouse, {color}, {connection}',
          about: 'A mouse for the {grip} hand with a wheel that spins freely.',
          price: [29, 119],
          options: {
            grip: ['Vertical', 'Ambidextrous', 'Left-Handed'],
            color: finishes,
            connection: ['Wired', 'Bluetooth', '2.4 GHz']
          }
        }
      ]
    },
    {
      slug: 'charging',
      name: 'Charging',
      description: 'Power at the wall and on the way.',
      notes: [
        'Certified for use on aircraft.',
        'Two years of warranty.',
        'Packed without plastic.'
      ],
      kinds: [
        {
          name: 'USB-C Charger, {color}, {output}, {plug} Plug',
          about: 'A GaN charger with {output} that stays cool.',
          price: [19, 99],
          options: {
            color: ['Black', 'White', 'Graphite'],
            output: ['30 W', '45 W', '65 W', '100 W'],
            plug: ['EU', 'UK', 'US']
          }
        },
        {
          name: 'Power Bank, {color}, {capacity}',
          about: 'A slim {capacity} battery that charges two devices at once.',
          price: [25, 119],
          options: {
            color: finishes,
            capacity: ['5000 mAh', '10000 mAh', '15000 mAh', '20000 mAh']
          }
        },
        {
          name: 'Braided USB-C Cable, {color}, {length}',
          about: 'A {length} cable for 100 W and fast data, with a strap to tie it.',
          price: [9, 35],
          options: { color: finishes, length: ['0.5 m', '1 m', '2 m', '3 m'] }
        }
      ]
    }
  ]
}
