import type { DemoCategory } from './catalogue'

export const stationery: DemoCategory = {
  name: 'Books & Stationery',
  products: [
    {
      sku: 'EXERCISE-BOOKS-A5-10',
      name: 'Exercise Books A5, Pack of 10',
      price: 420,
      stock: 210,
      drawing: 'exercise-books',
      tint: 'blue',
      description:
        'Ten ruled books of 96 pages with sturdy covers. The paper takes ink without showing it on the other side. Enough for a term of notes.',
    },
    {
      sku: 'BALLPOINT-PENS-BLUE-10',
      name: 'Blue Ballpoint Pens, Pack of 10',
      price: 180,
      stock: 300,
      drawing: 'pens',
      tint: 'blue',
      description:
        'Medium points that start at the first stroke and do not blot. See-through barrels, so that no examination is lost to an empty pen.',
    },
    {
      sku: 'COLOUR-PENCILS-24',
      name: 'Colour Pencils, Box of 24',
      price: 480,
      stock: 73,
      drawing: 'colour-pencils',
      tint: 'red',
      description:
        'Soft leads in twenty-four colours, including six skin tones. Break-resistant, in a tin that closes properly. A sharpener is in the lid.',
    },
    {
      sku: 'COPIER-PAPER-A4-500',
      name: 'Copier Paper A4, 500 Sheets',
      price: 720,
      stock: 95,
      drawing: 'paper-ream',
      tint: 'teal',
      description:
        'White 80-gram paper that runs through printers without curling. One ream of five hundred sheets. Order five for a box.',
    },
    {
      sku: 'GEOMETRY-SET',
      name: 'Geometry Set in a Tin',
      price: 350,
      stock: 130,
      drawing: 'geometry-set',
      tint: 'amber',
      description:
        'Compass, dividers, protractor, two set squares and a ruler in a tin. The compass holds its opening when it matters. As asked for on school lists from class five.',
    },
    {
      sku: 'STORYBOOK-HARE-AND-BAOBAB',
      name: 'Storybook “The Hare and the Baobab”',
      price: 590,
      stock: 36,
      drawing: 'storybook',
      tint: 'green',
      description:
        'Twelve animal tales retold in English and Swahili on facing pages. Coloured pictures throughout. For reading aloud from four years, alone from seven.',
    },
    {
      sku: 'SCIENTIFIC-CALCULATOR',
      name: 'Scientific Calculator, 240 Functions',
      price: 1850,
      stock: 32,
      drawing: 'calculator',
      tint: 'slate',
      description:
        'Two-line display, fractions, statistics and trigonometry. Allowed in national examinations. Runs on light and a small battery, with a sliding cover.',
    },
    {
      sku: 'SCHOOL-BACKPACK-25L',
      name: 'School Backpack 25 L',
      price: 1950,
      stock: 39,
      drawing: 'backpack',
      tint: 'violet',
      description:
        'Two big pockets, one for a laptop, and two for bottles at the sides. The straps are padded and sewn three times over. Rain runs off it.',
    },
  ],
}
