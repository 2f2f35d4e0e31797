import { type Department } from '../department.ts'

const glazes = ['White', 'Cream', 'Slate', 'Sage', 'Midnight Blue', 'Terracotta']
const woods = ['Oak', 'Walnut', 'Beech', 'Olive Wood', 'Ash']

export const kitchen: Department = {
  slug: 'kitchen',
  name: 'Kitchen',
  description: 'Tools for cooking every day.',
  brands: [
    'Ardesia',
    'Brightwell',
    'Copperfield',
    'Forge & Grain',
    'Hearth',
    'Keld',
    'Larder',
    'Maison Roux',
    'Nordal',
    'Osteria',
    'Quince',
    'Saltbox'
  ],
  categories: [
    {
      slug: 'cookware',
      name: 'Cookware',
      description: 'Pots and pans from cast iron to copper.',
      notes: [
        'Works on every hob, induction included.',
        'Oven-safe up to 250 °C.',
        'Guaranteed for ten years.'
      ],
      kinds: [
        {
          name: '{material} Skillet, {size}, {handle} Handle',
          about: 'A {material} pan that browns evenly and goes from hob to oven.',
          price: [29, 149],
          options: {
            material: ['Cast Iron', 'Carbon Steel', 'Stainless Steel', 'Copper'],
            size: ['20 cm', '24 cm', '26 cm', '28 cm', '30 cm'],
            handle: ['Steel', 'Oak', 'Brass']
          }
        },
        {
          name: '{material} Casserole, {color}, {size}',
          about: 'A heavy {material} pot with a lid that keeps the steam in.',
          price: [59, 249],
          options: {
            material: ['Cast Iron', 'Enamelled Steel', 'Stoneware'],
            color: glazes,
            size: ['2 l', '3.5 l', '5 l', '6.5 l']
          }
        },
        {
          name: '{material} Saucepan, {size}, {finish}',
          about: 'A straight-sided {material} pan with a pouring rim on both sides.',
          price: [35, 129],
          options: {
            material: ['Stainless Steel', 'Copper', 'Aluminium'],
            size: ['1 l', '1.5 l', '2 l', '3 l'],
            finish: ['Brushed', 'Polished', 'Hammered']
          }
        }
      ]
    },
    {
      slug: 'knives',
      name: 'Knives and Boards',
      description: 'What cuts, and what it cuts on.',
      notes: [
        'Wash by hand and dry at once.',
        'Sharpened and oiled before it leaves the workshop.',
        'Guaranteed for ten years.'
      ],
      kinds: [
        {
          name: '{material} Chef Knife, {size}, {handle} Handle',
          about: 'A {material} blade with a full tang and a balanced weight.',
          price: [39, 199],
          options: {
            material: ['Carbon Steel', 'Stainless Steel', 'VG-10 Steel'],
            size: ['16 cm', '18 cm', '20 cm', '23 cm'],
            handle: woods
          }
        },
        {
          name: '{material} Cutting Board, {size}, {grain}',
          about: 'A solid {material} board with a groove for the juice.',
          price: [25, 119],
          options: {
            material: woods,
            size: ['30 × 20 cm', '40 × 25 cm', '45 × 30 cm', '50 × 35 cm'],
            grain: ['Edge Grain', 'End Grain']
          }
        }
      ]
    },
    {
      slug: 'tableware',
      name: 'Tableware',
      description: 'Plates, bowls and cups that survive the dishwasher.',
      notes: [
        'Safe in dishwasher and microwave.',
        'Glazed by hand, so no two are quite alike.',
        'Packed without plastic.'
      ],
      kinds: [
        {
          name: '{material} Dinner Plate, {color}, {size}',
          about: 'A {material} plate with a low rim, glazed by hand.',
          price: [12, 39],
          options: {
            material: ['Stoneware', 'Porcelain', 'Earthenware'],
            color: glazes,
            size: ['21 cm', '24 cm', '27 cm']
          }
        },
        {
          name: '{material} Bowl, {color}, {size}',
          about: 'A deep {material} bowl for soup, cereal or noodles.',
          price: [9, 35],
          options: {
            material: ['Stoneware', 'Porcelain', 'Earthenware'],
            color: glazes,
            size: ['12 cm', '16 cm', '20 cm']
          }
        },
        {
          name: '{material} Mug, {color}, {size}',
          about: 'A {material} mug with a handle for three fingers.',
          price: [8, 29],
          options: {
            material: ['Stoneware', 'Porcelain', 'Enamel'],
            color: glazes,
            size: ['200 ml', '300 ml', '400 ml']
          }
        }
      ]
    },
    {
      slug: 'coffee-and-tea',
      name: 'Coffee and Tea',
      description: 'From bean and leaf to cup.',
      notes: [
        'Packed without plastic.',
        'Best within three months of opening the box.',
        'A friendly present.'
      ],
      kinds: [
        {
          name: '{origin} Coffee Beans, {roast}, {size}',
          about: 'Single-origin beans, roasted in small batches for an even cup.',
          price: [9, 39],
          options: {
            origin: ['Ethiopia', 'Colombia', 'Guatemala', 'Kenya', 'Brazil'],
            roast: ['Filter Roast', 'Espresso Roast'],
            size: ['250 g', '500 g', '1 kg']
          }
        },
        {
          name: '{material} Teapot, {color}, {size}',
          about: 'A {material} teapot with a strainer that lifts out.',
          price: [25, 99],
          options: {
            material: ['Cast Iron', 'Porcelain', 'Stoneware'],
            color: glazes,
            size: ['0.5 l', '0.8 l', '1.2 l']
          }
        }
      ]
    }
  ]
}
