import { colors, type Department } from '../department.ts'

const bedSizes = ['90 × 200 cm', '140 × 200 cm', '160 × 200 cm', '180 × 200 cm', '200 × 200 cm']
const woods = ['Oak', 'Walnut', 'Ash', 'Birch', 'Pine']

export const home: Department = {
  slug: 'home',
  name: 'Home',
  description: 'Furniture, light and fabric for quiet rooms.',
  brands: [
    'Aldgate',
    'Bramble & Co',
    'Casa Lume',
    'Drift',
    'Ember Row',
    'Fenwick',
    'Granary',
    'Halden',
    'Inglenook',
    'Lark House',
    'Moss & Mill',
    'Thornbury'
  ],
  categories: [
    {
      slug: 'bedding',
      name: 'Bedding',
      description: 'Sheets, covers and blankets.',
      notes: [
        'Certified to Oeko-Tex Standard 100.',
        'Machine washable at 60 °C.',
        'Softer with every wash.'
      ],
      kinds: [
        {
          name: '{material} Duvet Cover, {color}, {size}',
          about: 'A {material} cover with hidden buttons and ties in the corners.',
          price: [49, 159],
          options: {
            material: ['Linen', 'Percale', 'Sateen', 'Flannel'],
            color: colors,
            size: bedSizes
          }
        },
        {
          name: '{material} Fitted Sheet, {color}, {size}',
          about: 'A {material} sheet with elastic all round, for mattresses up to 30 cm.',
          price: [25, 89],
          options: { material: ['Linen', 'Percale', 'Jersey'], color: colors, size: bedSizes }
        },
        {
          name: '{material} Blanket, {color}, {size}',
          about: 'A woven {material} blanket with a fringe on the short sides.',
          price: [59, 199],
          options: {
            material: ['Lambswool', 'Merino', 'Cotton', 'Alpaca'],
            color: colors,
            size: ['130 × 170 cm', '150 × 200 cm']
          }
        }
      ]
    },
    {
      slug: 'lighting',
      name: 'Lighting',
      description: 'Lamps for reading, eating and doing nothing.',
      notes: [
        'Takes an E27 bulb, which is included.',
        'The cable is two metres long.',
        'Made to order and delivered within two weeks.'
      ],
      kinds: [
        {
          name: '{material} Table Lamp, {color}',
          about: 'A small {material} lamp with a dimmer in the cable.',
          price: [49, 189],
          options: {
            material: ['Brass', 'Ceramic', 'Steel', 'Glass'],
            color: ['Black', 'White', 'Sand', 'Sage', 'Mustard', 'Natural']
          }
        },
        {
          name: '{material} Pendant Lamp, {color}, {size}',
          about: 'A {material} shade on two metres of textile cable.',
          price: [69, 289],
          options: {
            material: ['Brass', 'Paper', 'Rattan', 'Glass'],
            color: ['Black', 'White', 'Natural', 'Smoke'],
            size: ['25 cm', '35 cm', '50 cm']
          }
        }
      ]
    },
    {
      slug: 'furniture',
      name: 'Furniture',
      description: 'Solid wood, few screws.',
      notes: [
        'Assembled in ten minutes with the tool in the box.',
        'Made to order and delivered flat.',
        'The wood comes from certified European forests.'
      ],
      kinds: [
        {
          name: '{material} Side Table, {finish}, {size}',
          about: 'A round {material} table on three turned legs.',
          price: [89, 299],
          options: {
            material: woods,
            finish: ['Oiled', 'Lacquered', 'Black Stained'],
            size: ['40 cm', '50 cm']
          }
        },
        {
          name: '{material} Dining Chair, {finish}, {seat} Seat',
          about: 'A light {material} chair with a curved back.',
          price: [119, 349],
          options: {
            material: woods,
            finish: ['Oiled', 'Lacquered', 'Black Stained'],
            seat: ['Paper Cord', 'Leather', 'Wooden']
          }
        },
        {
          name: '{material} Bookshelf, {finish}, {size}',
          about: 'An open {material} shelf that stands or hangs.',
          price: [149, 549],
          options: {
            material: woods,
            finish: ['Oiled', 'Lacquered', 'Black Stained'],
            size: ['3 Shelves', '4 Shelves', '5 Shelves']
          }
        }
      ]
    },
    {
      slug: 'rugs-and-cushions',
      name: 'Rugs and Cushions',
      description: 'Something soft to step and sit on.',
      notes: [
        'Woven by hand in Portugal.',
        'Colours may differ slightly between batches.',
        'Vacuum gently, and air it outdoors.'
      ],
      kinds: [
        {
          name: '{material} Rug, {color}, {size}',
          about: 'A flat-woven {material} rug that can be turned over.',
          price: [79, 499],
          options: {
            material: ['Wool', 'Jute', 'Cotton'],
            color: colors,
            size: ['60 × 90 cm', '120 × 180 cm', '160 × 230 cm', '200 × 300 cm']
          }
        },
        {
          name: '{material} Cushion, {color}, {size}',
          about: 'A {material} cushion with a zip and a feather filling.',
          price: [19, 79],
          options: {
            material: ['Linen', 'Velvet', 'Bouclé', 'Wool'],
            color: colors,
            size: ['40 × 40 cm', '50 × 50 cm', '60 × 40 cm']
          }
        }
      ]
    }
  ]
}
