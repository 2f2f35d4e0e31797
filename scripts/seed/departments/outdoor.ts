import { type Department } from '../department.ts'

const shades = ['Moss', 'Slate', 'Ochre', 'Glacier Blue', 'Black', 'Brick']

export const outdoor: Department = {
  slug: 'outdoor',
  name: 'Outdoor',
  description: 'For days and nights away from the road.',
  brands: [
    'Arête',
    'Basecamp Nine',
    'Cairn',
    'Driftwood',
    'Fellside',
    'Glen Etive',
    'Hoarfrost',
    'Juniper',
    'Korp',
    'Longitude',
    'Ridgeway',
    'Tarn'
  ],
  categories: [
    {
      slug: 'backpacks',
      name: 'Backpacks',
      description: 'From a walk to work to a week on foot.',
      notes: [
        'Repairs are free for as long as it lasts.',
        'The rain cover is in the bottom pocket.',
        'Treated without fluorocarbons.'
      ],
      kinds: [
        {
          name: '{material} Trekking Backpack, {color}, {size}',
          about: 'A {material} pack with a frame that carries on the hips.',
          price: [119, 289],
          options: {
            material: ['Ripstop Nylon', 'Recycled Polyester', 'Canvas'],
            color: shades,
            size: ['35 l', '45 l', '60 l', '75 l']
          }
        },
        {
          name: '{material} Daypack, {color}, {size}',
          about: 'A roll-top {material} pack with a sleeve for a laptop.',
          price: [49, 149],
          options: {
            material: ['Ripstop Nylon', 'Recycled Polyester', 'Waxed Cotton'],
            color: shades,
            size: ['16 l', '20 l', '26 l']
          }
        }
      ]
    },
    {
      slug: 'tents-and-sleeping-bags',
      name: 'Tents and Sleeping Bags',
      description: 'A dry night and a warm one.',
      notes: [
        'Tested through a winter in the Cairngorms.',
        'The weight on the label includes the bag.',
        'Repairs are free for as long as it lasts.'
      ],
      kinds: [
        {
          name: '{shape} Tent, {color}, {size}',
          about: 'A double-walled {shape} tent that one person can pitch in the rain.',
          price: [149, 699],
          options: {
            shape: ['Dome', 'Tunnel', 'Geodesic'],
            color: shades,
            size: ['1 Person', '2 Person', '3 Person', '4 Person']
          }
        },
        {
          name: '{material} Sleeping Bag, {color}, {comfort}',
          about: 'A mummy-shaped bag filled with {material} that opens at the feet.',
          price: [79, 429],
          options: {
            material: ['Down', 'Synthetic', 'Wool'],
            color: shades,
            comfort: ['+8 °C', '0 °C', '-7 °C', '-15 °C']
          }
        },
        {
          name: '{material} Sleeping Mat, {color}, {size}',
          about: 'A {material} mat that rolls up to the size of a bottle.',
          price: [39, 189],
          options: {
            material: ['Inflatable', 'Foam', 'Insulated'],
            color: shades,
            size: ['Short', 'Regular', 'Wide']
          }
        }
      ]
    },
    {
      slug: 'bottles-and-stoves',
      name: 'Bottles and Stoves',
      description: 'Hot when it should be.',
      notes: [
        'Every part can be bought on its own.',
        'Free of BPA.',
        'Fits the side pocket of every pack we sell.'
      ],
      kinds: [
        {
          name: '{material} Water Bottle, {color}, {size}',
          about: 'A {material} bottle with a cap that does not leak upside down.',
          price: [15, 49],
          options: {
            material: ['Stainless Steel', 'Titanium', 'Aluminium'],
            color: shades,
            size: ['0.5 l', '0.75 l', '1 l']
          }
        },
        {
          name: '{material} Vacuum Flask, {color}, {size}',
          about: 'A {material} flask that keeps tea hot for twelve hours.',
          price: [25, 69],
          options: {
            material: ['Stainless Steel', 'Titanium'],
            color: shades,
            size: ['0.35 l', '0.5 l', '0.75 l', '1 l']
          }
        },
        {
          name: '{fuel} Camping Stove, {color}, {output}',
          about: 'A folding {fuel} stove that boils a litre in four minutes.',
          price: [39, 179],
          options: {
            fuel: ['Gas', 'Alcohol', 'Multi-Fuel'],
            color: ['Steel', 'Black', 'Red'],
            output: ['1.8 kW', '2.6 kW', '3.5 kW']
          }
        }
      ]
    }
  ]
}
