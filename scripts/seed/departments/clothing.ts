import { colors, type Department, sizes } from '../department.ts'

export const clothing: Department = {
  slug: 'clothing',
  name: 'Clothing',
  description: 'Everyday clothes that are made to be worn for years.',
  brands: [
    'Harrow',
    'Northmoor',
    'Ellis & Wray',
    'Loden',
    'Tidewater',
    'Calder',
    'Maren',
    'Oakhurst',
    'Pemberley',
    'Stroud',
    'Vesper',
    'Wickham'
  ],
  categories: [
    {
      slug: 'shirts',
      name: 'Shirts',
      description: 'Shirts for the office, the weekend and everything between.',
      notes: [
        'Machine washable at 30 °C.',
        'Cut and sewn in Portugal.',
        'Pre-washed, so it keeps its shape.',
        'True to size.'
      ],
      kinds: [
        {
          name: '{material} Oxford Shirt, {color}, {size}',
          about: 'A button-down in {material} with a soft collar that needs no tie.',
          price: [45, 95],
          options: { material: ['Cotton', 'Organic Cotton', 'Linen'], color: colors, size: sizes }
        },
        {
          name: '{material} T-Shirt, {color}, {size}',
          about: 'A plain {material} tee with a ribbed neck that does not go slack.',
          price: [15, 40],
          options: {
            material: ['Cotton', 'Organic Cotton', 'Hemp', 'Bamboo'],
            color: colors,
            size: sizes
          }
        },
        {
          name: '{material} Polo Shirt, {color}, {size}',
          about: 'A three-button polo in {material} piqué that breathes on warm days.',
          price: [29, 69],
          options: { material: ['Cotton', 'Organic Cotton', 'Merino'], color: colors, size: sizes }
        }
      ]
    },
    {
      slug: 'knitwear',
      name: 'Knitwear',
      description: 'Jumpers and cardigans in wool, cotton and cashmere.',
      notes: [
        'Wash by hand, or on the wool cycle.',
        'Knitted in Scotland in one piece.',
        'A matching thread for repairs is sewn to the seam.'
      ],
      kinds: [
        {
          name: '{material} Crew Neck Jumper, {color}, {size}',
          about: 'A fine {material} jumper that layers under a jacket.',
          price: [59, 149],
          options: {
            material: ['Merino', 'Lambswool', 'Cashmere', 'Cotton'],
            color: colors,
            size: sizes
          }
        },
        {
          name: '{material} Cardigan, {color}, {size}',
          about: 'A heavy {material} cardigan with horn buttons and two pockets.',
          price: [79, 179],
          options: { material: ['Merino', 'Lambswool', 'Alpaca'], color: colors, size: sizes }
        },
        {
          name: '{material} Beanie, {color}',
          about: 'A ribbed {material} hat that covers the ears.',
          price: [19, 45],
          options: { material: ['Merino', 'Lambswool', 'Cashmere', 'Cotton'], color: colors }
        }
      ]
    },
    {
      slug: 'trousers',
      name: 'Trousers',
      description: 'Chinos, jeans and shorts.',
      notes: [
        'Spare buttons are sewn to the inside seam.',
        'True to size; take one size up for a looser fit.',
        'Hemming is free within 30 days.'
      ],
      kinds: [
        {
          name: '{material} Chinos, {color}, {size}',
          about: 'Straight-cut chinos in brushed {material} with a little stretch.',
          price: [55, 110],
          options: {
            material: ['Cotton', 'Twill', 'Linen'],
            color: colors,
            size: ['W28', 'W30', 'W32', 'W34', 'W36', 'W38']
          }
        },
        {
          name: '{fit} Jeans, {color}, {size}',
          about: 'Five-pocket jeans in 13 oz denim with a {fit} leg.',
          price: [69, 139],
          options: {
            fit: ['Slim', 'Straight', 'Tapered', 'Relaxed'],
            color: ['Indigo', 'Black', 'Stone Wash', 'Grey'],
            size: ['W28', 'W30', 'W32', 'W34', 'W36', 'W38']
          }
        }
      ]
    },
    {
      slug: 'jackets',
      name: 'Jackets',
      description: 'Against wind, rain and the first cold morning.',
      notes: [
        'Can be re-waterproofed with a warm iron.',
        'Cut to go over a jumper.',
        'The zip is repaired free of charge.'
      ],
      kinds: [
        {
          name: '{material} Rain Jacket, {color}, {size}',
          about: 'A seam-sealed {material} shell with a hood that turns with the head.',
          price: [99, 249],
          options: {
            material: ['Nylon', 'Recycled Polyester', 'Waxed Cotton'],
            color: colors,
            size: sizes
          }
        },
        {
          name: '{material} Down Jacket, {color}, {size}',
          about: 'A light quilted jacket in {material} that packs into its own pocket.',
          price: [129, 299],
          options: { material: ['Nylon', 'Recycled Polyester'], color: colors, size: sizes }
        }
      ]
    }
  ]
}
