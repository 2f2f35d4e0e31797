import { type Department, sizes } from '../department.ts'

const brights = ['Black', 'Plum', 'Teal', 'Coral', 'Stone', 'Lime']

export const sports: Department = {
  slug: 'sports',
  name: 'Sports',
  description: 'For training at home and on the road.',
  brands: [
    'Asana Works',
    'Breakaway',
    'Cadence',
    'Domestique',
    'Everpace',
    'Fastwater',
    'Grit',
    'Heron',
    'Interval',
    'Peloton Nord',
    'Stride',
    'Velo Rosa'
  ],
  categories: [
    {
      slug: 'yoga',
      name: 'Yoga',
      description: 'Mats, blocks and straps.',
      notes: [
        'Free of PVC and latex.',
        'Wipe it clean with soap and water.',
        'Made from the offcuts of a bigger one.'
      ],
      kinds: [
        {
          name: '{material} Yoga Mat, {color}, {thickness}',
          about: 'A {material} mat that grips when it gets wet.',
          price: [29, 119],
          options: {
            material: ['Natural Rubber', 'Cork', 'TPE'],
            color: brights,
            thickness: ['3 mm', '5 mm', '8 mm']
          }
        },
        {
          name: '{material} Yoga Block, {color}, {size}',
          about: 'A {material} block with rounded edges.',
          price: [12, 35],
          options: { material: ['Cork', 'Foam', 'Bamboo'], color: brights, size: ['8 cm', '10 cm'] }
        }
      ]
    },
    {
      slug: 'cycling',
      name: 'Cycling',
      description: 'Helmets, lights and what keeps the rain off.',
      notes: [
        'Reflective details on all sides.',
        'Fits without tools.',
        'Tested on the wet roads of Flanders.'
      ],
      kinds: [
        {
          name: '{use} Bike Helmet, {color}, {size}',
          about: 'A ventilated {use} helmet with a dial at the back.',
          price: [49, 219],
          options: {
            use: ['Road', 'City', 'Mountain'],
            color: brights,
            size: ['S (51–55 cm)', 'M (55–59 cm)', 'L (59–63 cm)']
          }
        },
        {
          name: '{material} Handlebar Bag, {color}, {size}',
          about: 'A {material} bag that clicks off the bar and becomes a shoulder bag.',
          price: [35, 129],
          options: {
            material: ['Canvas', 'Recycled Polyester', 'Waxed Cotton'],
            color: brights,
            size: ['3 l', '6 l']
          }
        },
        {
          name: 'Bike Light Set, {color}, {output}',
          about: 'A front light with {output} and a rear light that brightens on braking.',
          price: [29, 139],
          options: { color: brights, output: ['80 lux', '100 lux', '120 lux', '150 lux'] }
        }
      ]
    },
    {
      slug: 'running',
      name: 'Running',
      description: 'Light layers for long distances.',
      notes: [
        'Machine washable, but keep it out of the dryer.',
        'Reflective details on all sides.',
        'Dries overnight on a balcony.'
      ],
      kinds: [
        {
          name: '{material} Running Shirt, {color}, {size}',
          about: 'A {material} shirt with flat seams that do not chafe.',
          price: [29, 79],
          options: { material: ['Merino', 'Recycled Polyester'], color: brights, size: sizes }
        },
        {
          name: 'Running Shorts, {color}, {size}, {length}',
          about: 'Light shorts with a liner and a pocket for keys.',
          price: [25, 65],
          options: { color: brights, size: sizes, length: ['3 Inch', '5 Inch', '7 Inch'] }
        },
        {
          name: '{material} Running Socks, {color}, {size}',
          about: 'Seamless {material} socks with a cushioned heel.',
          price: [9, 25],
          options: {
            material: ['Merino', 'Polyamide', 'Cotton'],
            color: brights,
            size: ['EU 35–38', 'EU 39–42', 'EU 43–46']
          }
        }
      ]
    }
  ]
}
