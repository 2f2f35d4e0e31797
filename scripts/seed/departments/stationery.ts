import { type Department } from '../department.ts'

const covers = ['Black', 'Forest Green', 'Claret', 'Ink Blue', 'Mustard', 'Grey']

export const stationery: Department = {
  slug: 'stationery',
  name: 'Stationery',
  description: 'Paper, pens and an orderly desk.',
  brands: [
    'Atelier Papier',
    'Bookbinder & Son',
    'Carta Nova',
    'Dovetail',
    'Folio',
    'Inkwell',
    'Kontor',
    'Letterpress Lane',
    'Margin',
    'Octavo',
    'Plumb',
    'Quarto'
  ],
  categories: [
    {
      slug: 'notebooks',
      name: 'Notebooks',
      description: 'Bound to lie flat.',
      notes: [
        'The paper is FSC certified.',
        'Numbered pages and a pocket at the back.',
        'Printed with vegetable inks.'
      ],
      kinds: [
        {
          name: '{material} Notebook, {color}, {size}, {ruling}',
          about: 'A {material} notebook of 192 {ruling} pages that lies flat when open.',
          price: [9, 39],
          options: {
            material: ['Hardcover', 'Softcover', 'Linen-Bound'],
            color: covers,
            size: ['A6', 'A5', 'B5', 'A4'],
            ruling: ['Ruled', 'Dotted', 'Plain']
          }
        },
        {
          name: 'Sketchbook, {color}, {size}, {paper}',
          about: 'A sketchbook of {paper} paper that takes ink and light washes.',
          price: [12, 49],
          options: { color: covers, size: ['A5', 'A4', 'A3'], paper: ['120 g', '160 g', '200 g'] }
        }
      ]
    },
    {
      slug: 'pens',
      name: 'Pens and Pencils',
      description: 'Things to write with.',
      notes: [
        'Comes in a box that makes a good present.',
        'Refills are sold separately.',
        'Guaranteed for life.'
      ],
      kinds: [
        {
          name: '{material} Fountain Pen, {color}, {nib} Nib',
          about: 'A {material} pen with a {nib} steel nib and a converter.',
          price: [25, 149],
          options: {
            material: ['Resin', 'Brass', 'Aluminium'],
            color: covers,
            nib: ['Fine', 'Medium', 'Broad']
          }
        },
        {
          name: '{material} Ballpoint Pen, {color}, {tip}',
          about: 'A retractable {material} pen with a {tip} tip and a firm click.',
          price: [12, 69],
          options: {
            material: ['Brass', 'Aluminium', 'Steel'],
            color: covers,
            tip: ['0.5 mm', '0.7 mm', '1.0 mm']
          }
        },
        {
          name: 'Mechanical Pencil, {color}, {lead}',
          about: 'A knurled pencil for {lead} leads, balanced at the grip.',
          price: [9, 45],
          options: { color: covers, lead: ['0.3 mm', '0.5 mm', '0.7 mm', '0.9 mm'] }
        }
      ]
    },
    {
      slug: 'desk',
      name: 'Desk',
      description: 'Trays, mats and stands.',
      notes: [
        'Non-slip on wood and glass.',
        'Can be wiped with a damp cloth.',
        'Comes in a box that makes a good present.'
      ],
      kinds: [
        {
          name: '{material} Desk Mat, {color}, {size}',
          about: 'A {material} mat that keeps the desk free of scratches.',
          price: [25, 99],
          options: {
            material: ['Felt', 'Leather', 'Cork'],
            color: covers,
            size: ['60 × 30 cm', '80 × 40 cm', '90 × 45 cm']
          }
        },
        {
          name: '{material} Letter Tray, {color}, {size}',
          about: 'A stackable {material} tray for paper up to {size}.',
          price: [19, 79],
          options: { material: ['Steel', 'Oak', 'Walnut'], color: covers, size: ['A5', 'A4', 'C4'] }
        }
      ]
    }
  ]
}
