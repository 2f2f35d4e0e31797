import { type Department } from '../department.ts'

const sizes = ['EU 37', 'EU 38', 'EU 39', 'EU 40', 'EU 41', 'EU 42', 'EU 43', 'EU 44', 'EU 45']
const leathers = ['Black', 'Cognac', 'Dark Brown', 'Tan', 'Oxblood']
const canvases = ['White', 'Off White', 'Black', 'Navy', 'Olive', 'Terracotta']

export const shoes: Department = {
  slug: 'shoes',
  name: 'Shoes',
  description: 'Shoes that can be resoled, and some that need not be.',
  brands: [
    'Alder & Last',
    'Brannock',
    'Corvo',
    'Dunmore',
    'Ferryman',
    'Galway',
    'Hollis',
    'Ketteridge',
    'Lowell',
    'Marsh',
    'Pacer',
    'Sorrel'
  ],
  categories: [
    {
      slug: 'sneakers',
      name: 'Sneakers',
      description: 'Low, high, canvas and leather.',
      notes: [
        'Comes with a spare pair of laces.',
        'The insole can be taken out and replaced.',
        'Runs half a size large.'
      ],
      kinds: [
        {
          name: '{material} Low Sneakers, {color}, {size}',
          about: 'Court-style {material} sneakers on a stitched rubber cup sole.',
          price: [59, 149],
          options: { material: ['Leather', 'Canvas', 'Suede'], color: canvases, size: sizes }
        },
        {
          name: '{material} High-Top Sneakers, {color}, {size}',
          about: 'Ankle-high {material} sneakers with a padded collar.',
          price: [69, 159],
          options: { material: ['Leather', 'Canvas'], color: canvases, size: sizes }
        },
        {
          name: '{material} Slip-Ons, {color}, {size}',
          about: 'Laceless {material} shoes with elastic at the sides.',
          price: [39, 89],
          options: { material: ['Canvas', 'Hemp', 'Suede'], color: canvases, size: sizes }
        }
      ]
    },
    {
      slug: 'boots',
      name: 'Boots',
      description: 'For town, field and mountain.',
      notes: [
        'Stitched, so that it can be resoled.',
        'Comes with a spare pair of laces.',
        'Delivered in a dust bag of unbleached cotton.'
      ],
      kinds: [
        {
          name: '{material} Chelsea Boots, {color}, {size}',
          about: 'Pull-on {material} boots with a low heel and a rounded toe.',
          price: [129, 279],
          options: { material: ['Leather', 'Suede'], color: leathers, size: sizes }
        },
        {
          name: '{material} Hiking Boots, {color}, {size}',
          about: 'Waterproof {material} boots with a deep lug sole.',
          price: [139, 299],
          options: { material: ['Leather', 'Nubuck'], color: leathers, size: sizes }
        }
      ]
    },
    {
      slug: 'sandals',
      name: 'Sandals and Slippers',
      description: 'For the beach and for the house.',
      notes: [
        'The footbed takes on the shape of the foot.',
        'Runs half a size large.',
        'Made in a family workshop near Porto.'
      ],
      kinds: [
        {
          name: '{material} Sandals, {color}, {size}',
          about: 'Two-strap {material} sandals on a cork footbed.',
          price: [45, 119],
          options: { material: ['Leather', 'Suede'], color: leathers, size: sizes }
        },
        {
          name: '{material} Slippers, {color}, {size}',
          about: 'Warm {material} slippers with a sole that is quiet on wood.',
          price: [25, 69],
          options: {
            material: ['Felt', 'Sheepskin', 'Boiled Wool'],
            color: ['Grey', 'Charcoal', 'Natural', 'Moss'],
            size: sizes
          }
        }
      ]
    }
  ]
}
